"""Addresses, by which Mastermind writes what an object refers to."""

from uuid import UUID


def uuid_in(address: str) -> UUID | None:
    """Tell which object an address, or a bare UUID, is about; None where it tells none."""
    try:
        return UUID(address.rstrip("/").rpartition("/")[2])
    except ValueError:
        return None
