"""The rules by subject; ``catalogue`` puts them together."""
