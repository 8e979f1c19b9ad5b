"""The hooks of the contract, grouped by subject."""
