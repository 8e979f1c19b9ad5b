"""Moab Accounting Manager as a backend of the Waldur Site Agent, by its ``mam-*`` commands."""
