"""Backends on which all resources of a project share their members.

Offerings of one Waldur may be served by one project on the backend. Then a member of any of its
resources keeps access to all: who is on the team here is not all there is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.structures import MemberKey
from waldur_site_agent.membership.members import known_by
from waldur_site_agent.waldur.errors import WaldurError
from waldur_site_agent.waldur.models.states import ResourceState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from waldur_site_agent.membership.plan import MembersPlan
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Resource, TeamMember

    Names = Mapping[UUID, frozenset[str]]
    """By resource, who may enter it."""

logger = structlog.get_logger(__name__)

IN_USE = (ResourceState.OK, ResourceState.ERRED, ResourceState.UPDATING)


class Siblings:
    """Members of a project's other resources, at any offering; each project is read once."""

    def __init__(self, site: Site) -> None:
        """Ask nothing yet."""
        self._site = site
        self._known: dict[UUID, Names | None] = {}

    def spare(self, plan: MembersPlan) -> MembersPlan:
        """Let those stay who are members of a sibling; all of them, where that is not known."""
        project = plan.resource.project_uuid
        if project is None or not plan.remove:
            return plan
        retained = self._retained(plan.resource, project)
        normalize = self._site.backend.normalize_username
        remove = tuple(
            removal
            for removal in plan.remove
            if (removal.asked_for and not removal.here_only)
            or (retained is not None and normalize(removal.name) not in retained)
        )
        spared = len(plan.remove) - len(remove)
        if spared:
            logger.info("members.kept_by_siblings", resource=plan.resource.uuid.hex, count=spared)
        return replace(plan, remove=remove)

    def _retained(self, resource: Resource, project: UUID) -> frozenset[str] | None:
        """Names that a resource's siblings keep; None where they cannot all be read."""
        if project not in self._known:
            self._known[project] = self._names(project)
        known = self._known[project]
        if known is None:
            return None
        siblings = (names for uuid, names in known.items() if uuid != resource.uuid)
        return frozenset().union(*siblings)

    def _names(self, project: UUID) -> Names | None:
        try:
            resources = self._site.waldur.resources.list_in_project(project, IN_USE)
            return {one.uuid: frozenset(self._team(one)) for one in resources}
        except WaldurError as error:
            logger.warning("siblings.unreadable", project=project.hex, error=str(error))
            return None

    def _team(self, resource: Resource) -> Iterator[str]:
        """Who may enter a resource; one with restricted access keeps nobody."""
        if resource.restrict_member_access:
            return
        site = self._site
        consent = True if site.backend.fetch_consented_users_only else None
        for person in site.waldur.resources.team(resource.uuid, has_consent=consent):
            yield site.backend.normalize_username(_name_of(person, known_by(site.backend)))


def _name_of(person: TeamMember, key: MemberKey) -> str:
    match key:
        case MemberKey.USERNAME:
            return person.offering_user_username
        case MemberKey.CUID:
            return person.username
        case MemberKey.EMAIL:
            return person.email
