"""What the keys of the work queue mean: one look for each kind, by the capabilities below."""
