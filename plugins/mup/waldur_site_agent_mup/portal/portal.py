"""The portal as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_mup.portal.allocations import Allocations
from waldur_site_agent_mup.portal.members import Members
from waldur_site_agent_mup.portal.projects import Projects
from waldur_site_agent_mup.portal.rest import Rest
from waldur_site_agent_mup.portal.users import Users

if TYPE_CHECKING:
    from waldur_site_agent_mup.portal.rest import Carrier


class Portal:
    """One MUP portal, by area."""

    def __init__(self, carrier: Carrier) -> None:
        """Send by a carrier; nothing is asked yet."""
        rest = Rest(carrier)
        self.projects = Projects(rest)
        self.allocations = Allocations(rest)
        self.members = Members(rest)
        self.users = Users(rest)
