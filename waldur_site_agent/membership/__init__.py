"""A project's team as accounts: who belongs on a resource, and what backends are told of them."""
