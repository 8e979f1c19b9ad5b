"""Acme plugin for the Waldur Site Agent."""
