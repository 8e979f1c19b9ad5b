"""Limits of single members of a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.upkeep.steps import Step
from waldur_site_agent.waldur.errors import RefusedError, WaldurError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Resource, UsageLimit

logger = structlog.get_logger(__name__)

Limits = dict[str, int]
"""By component, in Waldur units."""


class LimitsOfUsers:
    """What Waldur says of single users, by one listing where the token may read it.

    What was refused once is not asked for again in a pass.
    """

    def __init__(self, site: Site, *, by_listing: bool = True) -> None:
        """Ask nothing yet.

        Args:
            site: the offering at work.
            by_listing: most of its resources will be asked about.
        """
        self._site = site
        self._listed: Mapping[UUID | None, list[UsageLimit]] | None = None
        self._ways = [self._by_listing, self._one_by_one]
        if not by_listing:
            self._ways.reverse()

    def of(self, resource: Resource) -> dict[str, Limits] | None:
        """Limits by username, in the form in which the backend lists it; None where unknown."""
        rows = self._rows(resource)
        if rows is None:
            return None
        limits: dict[str, Limits] = {}
        for row in rows:
            name = self._name(row)
            if name:
                limits.setdefault(name, {})[row.component_type] = _whole(row.limit)
        return limits

    def _rows(self, resource: Resource) -> Sequence[UsageLimit] | None:
        while self._ways:
            try:
                return self._ways[0](resource)
            except RefusedError as error:
                del self._ways[0]
                logger.info("user_limits.refused", error=str(error))
            except WaldurError as error:
                self._ways.clear()
                logger.warning("user_limits.unreadable", error=str(error))
        return None

    def _by_listing(self, resource: Resource) -> Sequence[UsageLimit]:
        if self._listed is None:
            self._listed = self._grouped()
        return self._listed.get(resource.uuid, ())

    def _grouped(self) -> Mapping[UUID | None, list[UsageLimit]]:
        """All limits of the offering by resource."""
        grouped: dict[UUID | None, list[UsageLimit]] = {}
        uuid = self._site.offering.waldur_offering_uuid
        for row in self._site.waldur.usage_limits.list(uuid):
            grouped.setdefault(row.resource_uuid, []).append(row)
        return grouped

    def _one_by_one(self, resource: Resource) -> Sequence[UsageLimit]:
        return self._site.waldur.usage_limits.list_of_resource(resource.uuid)

    def _name(self, row: UsageLimit) -> str:
        user = self._site.reads.user(row.user_uuid)
        username = user.username if user else row.username
        return self._site.backend.normalize_username(username) if username else ""


def user_limits_step(
    site: Site, resource: Resource, members: Collection[str], limits: LimitsOfUsers
) -> Step | None:
    """Bring the limits of a resource's members in line, where they differ.

    Args:
        site: the offering at work.
        resource: the resource; one with restricted access has no members.
        members: who is on it now.
        limits: what Waldur says.
    """
    wanted = None if resource.restrict_member_access else limits.of(resource)
    if wanted is None:
        return None
    backend, backend_id = site.backend, resource.backend_id
    normalize = backend.normalize_username
    current = {
        normalize(name): dict(some)
        for name, some in backend.get_resource_user_limits(backend_id).items()
    }
    changes = {
        name: wanted.get(normalize(name), {})
        for name in sorted(members)
        if wanted.get(normalize(name), {}) != current.get(normalize(name), {})
    }
    if not changes:
        return None
    return Step(
        what=f"set the limits of {len(changes)} members",
        run=lambda: backend.set_limits_of_users(backend_id, changes),
        is_optional=True,
    )


def _whole(limit: float) -> int:
    """A number as plugins expect it: whole where it is whole."""
    return int(limit) if limit == int(limit) else limit  # type: ignore[return-value]
