"""Keeping a resource as Waldur has it, beside its members: state, dates, limits, metadata."""
