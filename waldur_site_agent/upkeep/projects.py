"""Following projects that move, end or are renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.overriding import overrides
from waldur_site_agent.upkeep.steps import Step
from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Project, Resource

logger = structlog.get_logger(__name__)


class SourceProjects:
    """Projects as Waldur has them, for backends that want to see them; nothing is read twice."""

    def __init__(self, site: Site, *, by_listing: bool = True) -> None:
        """Ask nothing yet.

        Args:
            site: the offering at work.
            by_listing: most of the provider's projects will be asked about.
        """
        self._site = site
        self._by_listing = by_listing
        self._known: dict[UUID, Project | None] = {}

    def of(self, resource: Resource) -> Project | None:
        """A resource's project; None where it is not wanted or cannot be read."""
        uuid = resource.project_uuid
        if uuid is None or not self._site.backend.requires_source_project:
            return None
        if uuid not in self._known:
            self._read(uuid)
        return self._known[uuid]

    def _read(self, uuid: UUID) -> None:
        """Come to know a project, and with a listing all the others. One listing is enough."""
        query = None if self._by_listing else uuid.hex
        self._by_listing = False
        self._known |= {project.uuid: project for project in self._found(query)}
        self._known.setdefault(uuid, None)

    def _found(self, query: str | None) -> Sequence[Project]:
        try:
            provider = self._site.reads.provider_uuid
            return self._site.waldur.providers.projects(provider, query) if provider else ()
        except WaldurError as error:
            logger.warning("project.unreadable", project=query or "all", error=str(error))
            return ()


def project_steps(site: Site, resource: Resource, projects: SourceProjects) -> Iterator[Step]:
    """What comes before a resource's members: where its project belongs, and until when."""
    backend = site.backend
    if overrides(backend, "sync_resource_project"):
        yield Step(
            what="follow its project",
            run=lambda: backend.sync_resource_project(
                resource, source_project=projects.of(resource)
            ),
            routine=True,
        )
    if overrides(backend, "sync_project_end_date"):
        yield Step(
            what="follow its project's end date",
            run=lambda: backend.sync_project_end_date(
                resource, site.client, source_project=projects.of(resource)
            ),
            routine=True,
        )


def date_steps(site: Site, resource: Resource) -> Iterator[Step]:
    """A resource's own end date, and the id that a remote system gave it."""
    backend = site.backend
    if overrides(backend, "sync_resource_end_date"):
        yield Step(
            what="follow its end date",
            run=lambda: backend.sync_resource_end_date(resource, site.client),
            routine=True,
        )
    if overrides(backend, "sync_resource_effective_id"):
        yield Step(
            what="read back its effective id",
            run=lambda: backend.sync_resource_effective_id(resource, site.client),
            routine=True,
        )
