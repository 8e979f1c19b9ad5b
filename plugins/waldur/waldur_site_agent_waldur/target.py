"""The target for the length of one pass: its rooms, and what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_waldur.door import door_to
from waldur_site_agent_waldur.people import People
from waldur_site_agent_waldur.projects import TargetProjects
from waldur_site_agent_waldur.reads import TargetReads
from waldur_site_agent_waldur.target_orders import TargetOrders

if TYPE_CHECKING:
    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent_waldur.settings import FederationSettings


class Target:
    """What a pass does with the target; made anew for each, so that nothing grows old.

    Attributes:
        waldur: the gateway; its failures are the backend's.
    """

    def __init__(self, gateway: Waldur, settings: FederationSettings) -> None:
        """Ask nothing yet."""
        self.waldur = door_to(gateway)
        self.reads = TargetReads(self.waldur, settings)
        self.projects = TargetProjects(self.waldur, settings, self.reads)
        self.orders = TargetOrders(self.waldur, settings, self.reads)
        self.people = People(self.waldur, settings)
