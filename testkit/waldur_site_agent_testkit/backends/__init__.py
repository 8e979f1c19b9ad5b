"""Fake backends for tests and demos."""
