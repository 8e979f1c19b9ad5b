"""Finding and loading plugins by entry point, lazily; their settings schemas."""
