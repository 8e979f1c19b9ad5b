"""Which resources a pass reports on, and which of them the backend has."""

from __future__ import annotations

from collections import Counter
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
SHARED = "several resources in Waldur have this id, and whose usage it is cannot be told"


@dataclass(frozen=True, kw_only=True)
class Reported:
    """The resources of a pass.

    Attributes:
        there: those that the backend has.
        missing: those that it surely does not have, and that are not on their way out.
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
    shared = _shared(named)
    alone = [one for one in chosen if one.backend_id not in shared]
    found = look_up_many(site.backend, alone)
    known = found.there.keys() | found.unknown.keys()
    return Reported(
        there=[one for one in alone if one.backend_id in found.there],
        missing=[
            one
            for one in alone
            if one.backend_id not in known and one.state != ResourceState.TERMINATING
        ],
        unknown={
            **found.unknown,
            **{one.backend_id: SHARED for one in chosen if one.backend_id in shared},
        },
    )


def _shared(resources: Sequence[Resource]) -> frozenset[str]:
    """Ids that several resources have: their usage would be billed several times."""
    counts = Counter(one.backend_id for one in resources)
    return frozenset(backend_id for backend_id, count in counts.items() if count > 1)
