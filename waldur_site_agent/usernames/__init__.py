"""Offering users and their names: the state machine of accounts at a site."""
