"""Telling Waldur what a backend has and Waldur does not, for somebody to import it."""
