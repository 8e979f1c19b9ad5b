"""The username backend that names nobody."""
