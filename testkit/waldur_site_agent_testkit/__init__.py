"""Fakes for testing the Waldur Site Agent and its plugins without a Waldur or a cluster."""
