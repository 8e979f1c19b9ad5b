"""Offerings, as those see them who may order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import Call, filters, hex_of
from waldur_site_agent.waldur.models.offerings import OfferingDetails
from waldur_site_agent.waldur.models.plans import Plan
from waldur_site_agent.waldur.wire import fields_of

if TYPE_CHECKING:
    from uuid import UUID

    from waldur_site_agent.waldur.rest import Rest

PUBLIC_OFFERINGS = "marketplace-public-offerings/"


class PublicOfferings:
    """What can be ordered. Raises ``WaldurError`` when Waldur did not tell."""

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def get(self, uuid: UUID | str) -> OfferingDetails:
        """Read an offering with its components."""
        query = filters(field=fields_of(OfferingDetails))
        return self._rest.read(
            Call.get("public_offerings.get", _path(uuid), query), OfferingDetails
        )

    def plans(self, uuid: UUID | str) -> list[Plan]:
        """List the plans by which an offering's resources can be paid."""
        return self._rest.list(Call.get("public_offerings.plans", f"{_path(uuid)}plans/"), Plan)


def _path(uuid: UUID | str) -> str:
    return f"{PUBLIC_OFFERINGS}{hex_of(uuid)}/"
