"""A MUP portal in memory: stateful, strict, and failing on request."""
