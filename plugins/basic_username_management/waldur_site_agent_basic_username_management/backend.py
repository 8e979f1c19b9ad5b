"""The username backend for sites where Waldur itself names the users: it names nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.backends import AbstractUsernameManagementBackend

if TYPE_CHECKING:
    from waldur_site_agent.backend.waldur_objects import WaldurOfferingUser

_told: set[str] = set()
"""Offerings that were spoken of. Kept beside the class: every pass has an instance of its own."""


class BasicUsernameManagementBackend(AbstractUsernameManagementBackend):
    """Knows no names and makes none.

    The agent asks for a name only where the offering leaves naming to the provider. There, users
    stay without one; that is said once for each offering while the agent runs.
    """

    def get_username(self, offering_user: WaldurOfferingUser) -> str | None:  # noqa: ARG002 - it knows nobody
        """Know no name."""
        return None

    def generate_username(self, offering_user: WaldurOfferingUser) -> str:  # noqa: ARG002 - it names nobody
        """Make no name, and say so once."""
        key = self.offering.waldur_offering_uuid if self.offering else ""
        if key not in _told:
            _told.add(key)
            name = self.offering.name if self.offering else "(unknown)"
            logger.warning(
                "Users of the offering %r stay without usernames: Waldur leaves naming them to the "
                "provider, and the username backend 'base' names nobody. Set the offering's "
                "username_management_backend, or another username policy in Waldur.",
                name,
            )
        return ""
