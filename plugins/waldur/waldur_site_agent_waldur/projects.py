"""The target's projects that stand for the source's: found, made, and kept in line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent_waldur.marks import marked_project, project_mark
from waldur_site_agent_waldur.settings import EndDates

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from waldur_site_agent.backend.waldur_objects import WaldurResource
    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent.waldur.models import Project
    from waldur_site_agent.waldur.projects import ProjectChanges, ProjectFields
    from waldur_site_agent_waldur.reads import TargetReads
    from waldur_site_agent_waldur.settings import FederationSettings

LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class SourceProject:
    """A project of the source, as a resource of it tells."""

    customer_uuid: UUID
    uuid: UUID

    @classmethod
    def of(cls, resource: WaldurResource) -> SourceProject:
        """The project of a resource.

        Raises:
            BackendError: the resource does not tell it.
        """
        customer, project = resource.customer_uuid, resource.project_uuid
        if customer is None or project is None:
            raise BackendError("The resource does not tell its project and its organization.")
        return cls(customer, project)

    @property
    def mark(self) -> str:
        """The ``backend_id`` of the target's project."""
        return project_mark(self.customer_uuid, self.uuid)


class TargetProjects:
    """Projects of the organization on the target that owns what is federated."""

    def __init__(self, waldur: Waldur, settings: FederationSettings, reads: TargetReads) -> None:
        """Ask nothing yet."""
        self._waldur = waldur
        self._settings = settings
        self._reads = reads

    def ensure(self, resource: WaldurResource) -> Project:
        """Find the project for a resource of the source, or make it.

        It is looked for again before and after it is made: somebody else may have made it, and an
        answer that was lost says nothing.

        Raises:
            BackendError: the target refused to make it.
            BackendUnavailableError: it could not be asked.
        """
        source = SourceProject.of(resource)
        if (found := self.standing_for(source.uuid)) or (found := self._look_again(source.uuid)):
            return found
        try:
            made = self._make(source, resource)
        except BackendUnavailableError:
            if found := self._look_again(source.uuid):
                return found
            raise
        return self._look_again(source.uuid) or made

    def standing_for(self, project_uuid: UUID) -> Project | None:
        """The project that stands for one of the source: the oldest, if there are several."""
        return min(self.all_standing_for(project_uuid), key=_age, default=None)

    def all_standing_for(self, project_uuid: UUID) -> list[Project]:
        """All projects that bear the mark of one of the source."""
        projects = self._reads.projects.values()
        return [one for one in projects if marked_project(one.backend_id) == project_uuid]

    def duplicates(self) -> Mapping[UUID, list[Project]]:
        """Projects of the source that several of the target stand for, with these, oldest first."""
        marked: dict[UUID, list[Project]] = {}
        for project in sorted(self._reads.projects.values(), key=_age):
            if (source := marked_project(project.backend_id)) is not None:
                marked.setdefault(source, []).append(project)
        return {source: several for source, several in marked.items() if len(several) > 1}

    def with_uuid(self, uuid: UUID) -> Project:
        """A project of the target, as the listing has it, or read by itself."""
        if uuid not in self._reads.projects:
            self._reads.projects[uuid] = self._waldur.projects.get(uuid)
        return self._reads.projects[uuid]

    def update(self, project: Project, changes: ProjectChanges) -> None:
        """Change a project, if there is anything to change."""
        if changes:
            self._waldur.projects.update(project.uuid, **changes)
            self._reads.projects[project.uuid] = self._waldur.projects.get(project.uuid)

    def _look_again(self, project_uuid: UUID) -> Project | None:
        self._reads.forget_projects()
        return self.standing_for(project_uuid)

    def _make(self, source: SourceProject, resource: WaldurResource) -> Project:
        fields: ProjectFields = {"backend_id": source.mark}
        if resource.project_description:
            fields["description"] = resource.project_description
        if self._settings.end_dates is not EndDates.DISABLED and resource.project_end_date:
            fields["end_date"] = resource.project_end_date
        made = self._waldur.projects.create(
            self._settings.customer_uuid, resource.project_name, **fields
        )
        logger.info("The target Waldur has a project for %s now", source.uuid.hex)
        return made


def stands_for_another(project: Project, resource: WaldurResource) -> bool:
    """Whether a project of the target bears the mark of another project than the resource's."""
    return marked_project(project.backend_id) not in (None, resource.project_uuid)


def _age(project: Project) -> tuple[datetime, str]:
    return project.created or LAST, project.uuid.hex
