"""Plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import Call, hex_of
from waldur_site_agent.waldur.models.plans import Plan

if TYPE_CHECKING:
    from uuid import UUID

    from waldur_site_agent.waldur.rest import Rest

PLANS = "marketplace-plans/"


class Plans:
    """What resources are paid by."""

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def get(self, uuid: UUID | str) -> Plan:
        """Read a plan.

        Raises:
            WaldurError: it cannot be read.
        """
        return self._rest.read(Call.get("plans.get", f"{PLANS}{hex_of(uuid)}/"), Plan)
