"""Limits of single members of a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.upkeep.steps import Step
from waldur_site_agent.waldur.errors import RefusedError, WaldurError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from uuid import UUID

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Resource, UsageLimit

logger = structlog.get_logger(__name__)

Limits = dict[str, int]
"""By component, in Waldur units."""


class LimitsOfUsers:
    """What Waldur says of single users, by one listing where the token may read it."""

    def __init__(self, site: Site) -> None:
        """Ask nothing yet."""
        self._site = site
        self._listed: dict[UUID | None, list[UsageLimit]] | None = None
        self._lists = True

    def of(self, resource: Resource) -> dict[str, Limits] | None:
        """Limits by username, in the form in which the backend lists it; None where unknown."""
        try:
            rows = self._rows(resource)
        except WaldurError as error:
            logger.warning("user_limits.unreadable", error=str(error))
            return None
        limits: dict[str, Limits] = {}
        for row in rows:
            name = self._name(row)
            if name:
                limits.setdefault(name, {})[row.component_type] = _whole(row.limit)
        return limits

    def _rows(self, resource: Resource) -> Iterable[UsageLimit]:
        if self._lists:
            try:
                return self._all().get(resource.uuid, ())
            except RefusedError:
                self._lists = False
        return self._site.waldur.usage_limits.list_of_resource(resource.uuid)

    def _all(self) -> dict[UUID | None, list[UsageLimit]]:
        if self._listed is None:
            listed: dict[UUID | None, list[UsageLimit]] = {}
            for row in self._site.waldur.usage_limits.list(
                self._site.offering.waldur_offering_uuid
            ):
                listed.setdefault(row.resource_uuid, []).append(row)
            self._listed = listed
        return self._listed

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
