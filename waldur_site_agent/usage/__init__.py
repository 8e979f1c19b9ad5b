"""Usage: what resources used, month by month, as Waldur is to bill it."""
