"""Which resources a pass reports on, and which of them the backend has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from waldur_site_agent.backend.lookup import look_up_many
from waldur_site_agent.sites.choosing import choose
from waldur_site_agent.waldur.models.states import ResourceState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Resource

REPORTED = (
    ResourceState.OK,
    ResourceState.ERRED,
    ResourceState.UPDATING,
    ResourceState.TERMINATING,
)
"""States in which a resource may have used something, and may have it billed."""


@dataclass(frozen=True, kw_only=True)
class Reported:
    """The resources of a pass.

    Attributes:
        there: those that the backend has.
        missing: those that it surely does not have.
        unknown: why it could not be told of others, by id on the backend.
    """

    there: Sequence[Resource]
    missing: Sequence[Resource] = ()
    unknown: Mapping[str, str] = field(default_factory=dict)


def find_resources(site: Site, only: Sequence[str]) -> Reported:
    """Read the offering's resources, and the backend in bulk.

    Args:
        site: the offering at work.
        only: names, ids on the backend or UUIDs of the resources to report on; none for all.

    Raises:
        WaldurError: Waldur did not list its resources.
        BackendUnavailableError: the backend does not answer.
        UnknownResourceError: one of ``only`` is no resource that is reported on.
    """
    listed = site.waldur.resources.list(site.offering.waldur_offering_uuid, states=REPORTED)
    named = [one for one in listed if one.backend_id.strip()]
    chosen = choose(named, only) if only else named
    found = look_up_many(site.backend, chosen)
    return Reported(
        there=[one for one in chosen if one.backend_id in found.there],
        missing=[
            one
            for one in chosen
            if one.backend_id not in found.there and one.backend_id not in found.unknown
        ],
        unknown=found.unknown,
    )
