"""Backends on which all resources of a project share their members.

Offerings of one Waldur may be served by one project on the backend. Then a member of any of its
resources keeps access to all: who is on the team here is not all there is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.membership.members import by_cuid
from waldur_site_agent.waldur.errors import WaldurError
from waldur_site_agent.waldur.models.states import ResourceState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from waldur_site_agent.membership.plan import MembersPlan
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Resource

logger = structlog.get_logger(__name__)

IN_USE = (ResourceState.OK, ResourceState.ERRED, ResourceState.UPDATING)


class Siblings:
    """Members of a project's other resources, at any offering; each project is read once."""

    def __init__(self, site: Site) -> None:
        """Ask nothing yet."""
        self._site = site
        self._known: dict[UUID, frozenset[str] | None] = {}

    def spare(self, plan: MembersPlan) -> MembersPlan:
        """Let those stay who are members of a sibling; all of them, where that is not known."""
        project = plan.resource.project_uuid
        if project is None or not plan.remove:
            return plan
        if project not in self._known:
            self._known[project] = self._names(plan.resource, project)
        retained = self._known[project]
        normalize = self._site.backend.normalize_username
        remove = tuple(
            removal
            for removal in plan.remove
            if removal.asked_for
            or (retained is not None and normalize(removal.name) not in retained)
        )
        spared = len(plan.remove) - len(remove)
        if spared:
            logger.info("members.kept_by_siblings", resource=plan.resource.uuid.hex, count=spared)
        return replace(plan, remove=remove)

    def _names(self, resource: Resource, project: UUID) -> frozenset[str] | None:
        """Names that the siblings' teams keep; None where they cannot all be read."""
        try:
            return frozenset(self._read(resource, project))
        except WaldurError as error:
            logger.warning("siblings.unreadable", project=project.hex, error=str(error))
            return None

    def _read(self, resource: Resource, project: UUID) -> Iterator[str]:
        site = self._site
        consent = True if site.backend.fetch_consented_users_only else None
        for sibling in site.waldur.resources.list_in_project(project, IN_USE):
            if sibling.uuid == resource.uuid:
                continue
            for person in site.waldur.resources.team(sibling.uuid, has_consent=consent):
                name = person.username if by_cuid(site.backend) else person.offering_user_username
                yield site.backend.normalize_username(name)
