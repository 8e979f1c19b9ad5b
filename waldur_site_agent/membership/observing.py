"""What a membership pass sees: resources in Waldur, and what the backend has of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.lookup import Found, look_up_many
from waldur_site_agent.sites.choosing import choose
from waldur_site_agent.waldur.models.states import ResourceState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.membership.planning import Row
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Resource

logger = structlog.get_logger(__name__)

SHARED = "more than one resource in Waldur has this id; correct it there"
LIVING = tuple(state for state in ResourceState if state != ResourceState.TERMINATED)


@dataclass(frozen=True, kw_only=True)
class Observed:
    """The resources of a pass.

    Attributes:
        living: all of the offering's that have an id on the backend and are not terminated.
        chosen: those that the pass looks after.
        found: what the backend has of the living.
        narrowed: the pass was told to look after some only.
    """

    living: Sequence[Resource]
    chosen: Sequence[Resource]
    found: Found
    narrowed: bool = False

    @property
    def there(self) -> list[Resource]:
        """The chosen ones that the backend has."""
        return [one for one in self.chosen if one.backend_id in self.found.there]

    @property
    def missing(self) -> list[Resource]:
        """The chosen ones that the backend surely does not have."""
        known = self.found.there.keys() | self.found.unknown.keys()
        return [one for one in self.chosen if one.backend_id not in known]

    @property
    def unknown(self) -> list[Resource]:
        """The chosen ones that could not be read."""
        return [one for one in self.chosen if one.backend_id in self.found.unknown]

    @property
    def is_complete(self) -> bool:
        """Whether everything that the offering has on the backend was seen."""
        return not self.narrowed and not self.found.unknown

    def rows(self, resources: Sequence[Resource]) -> list[Row]:
        """Resources with the names that are on them."""
        there = self.found.there
        return [(one, there[one.backend_id].users) for one in resources if one.backend_id in there]


def observe(site: Site, only: Sequence[str]) -> Observed:
    """Read the offering's resources, and the backend in bulk.

    Args:
        site: the offering at work.
        only: names, ids on the backend or UUIDs of the resources to look after; none for all.

    Raises:
        WaldurError: Waldur did not list its resources.
        BackendUnavailableError: the backend does not answer.
        UnknownResourceError: one of ``only`` is no resource that is looked after.
    """
    living = _living(site)
    chosen = _chosen(site, living, only)
    found = _apart(living, look_up_many(site.backend, living) if chosen else Found(there={}))
    for backend_id, why in found.unknown.items():
        logger.warning("resource.unreadable", backend_id=backend_id, why=why)
    observed = Observed(living=living, chosen=chosen, found=found, narrowed=bool(only))
    return _without_gone(site, observed) if observed.missing else observed


def looked_after(site: Site, only: Sequence[str]) -> list[Resource]:
    """Tell which resources a pass is about, without asking the backend; as :func:`observe`.

    Raises:
        WaldurError: Waldur did not list its resources.
        UnknownResourceError: one of ``only`` is no resource that is looked after.
    """
    return _chosen(site, _living(site), only)


def observe_some(site: Site, resources: Sequence[Resource]) -> Observed:
    """Look at resources that were read just now, without listing the offering's others.

    Raises:
        BackendUnavailableError: the backend does not answer.
    """
    living = [one for one in resources if one.backend_id.strip() and one.state in LIVING]
    chosen = [one for one in living if one.state in site.backend.handled_resource_states]
    found = _apart(chosen, look_up_many(site.backend, chosen) if chosen else Found(there={}))
    for backend_id, why in found.unknown.items():
        logger.warning("resource.unreadable", backend_id=backend_id, why=why)
    return Observed(living=living, chosen=chosen, found=found, narrowed=True)


def shares_its_id(site: Site, resource: Resource) -> bool:
    """Whether another resource lays claim to the same id, so that its members are nobody's.

    Raises:
        WaldurError: Waldur did not tell.
    """
    bearers = site.waldur.resources.list(
        site.offering.waldur_offering_uuid, states=LIVING, backend_id=resource.backend_id
    )
    return any(bearer.uuid != resource.uuid for bearer in bearers)


def _living(site: Site) -> list[Resource]:
    listed = site.waldur.resources.list(site.offering.waldur_offering_uuid, states=LIVING)
    return [one for one in listed if one.backend_id.strip()]


def _chosen(site: Site, living: Sequence[Resource], only: Sequence[str]) -> list[Resource]:
    handled = [one for one in living if one.state in site.backend.handled_resource_states]
    return choose(handled, only) if only else handled


def _apart(living: Sequence[Resource], found: Found) -> Found:
    """Call unknown what two resources lay claim to: they would take turns with their members."""
    claims = Counter(one.backend_id for one in living)
    shared = [name for name, number in claims.items() if number > 1 and name in found.there]
    if not shared:
        return found
    there = {name: info for name, info in found.there.items() if name not in shared}
    return Found(there=there, unknown={**found.unknown, **dict.fromkeys(shared, SHARED)})


def _without_gone(site: Site, observed: Observed) -> Observed:
    """Look again at what is missing: its order to end it may have been carried out meanwhile."""
    now = {one.uuid: (one.state, one.backend_id) for one in _living(site)}
    missing = {one.uuid for one in observed.missing}
    chosen = [
        one
        for one in observed.chosen
        if one.uuid not in missing or now.get(one.uuid) == (one.state, one.backend_id)
    ]
    return replace(observed, chosen=chosen)
