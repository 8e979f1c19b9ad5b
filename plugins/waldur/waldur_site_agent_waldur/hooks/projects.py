"""The target's project of a resource, kept in line with the source's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.waldur.errors import RefusedError
from waldur_site_agent.waldur.models import Project
from waldur_site_agent_waldur.end_dates import EndDate, Follower, follower
from waldur_site_agent_waldur.hooks.foundation import Foundation, source_of
from waldur_site_agent_waldur.project_metadata import project_changes
from waldur_site_agent_waldur.projects import stands_for_another

if TYPE_CHECKING:
    from waldur_site_agent.backend.waldur_objects import PluginClient, WaldurResource


class ProjectHooks(Foundation):
    """Called for each resource in a membership pass; they write only what differs.

    A resource that was moved has no say in the project that stands for its former one.
    """

    def sync_resource_project(
        self, waldur_resource: WaldurResource, source_project: object | None = None
    ) -> None:
        """Keep what the target tells of a resource's project in line with the source."""
        theirs = self._project_on_target(waldur_resource)
        if stands_for_another(theirs, waldur_resource):
            return
        changes = project_changes(
            waldur_resource,
            source_project if isinstance(source_project, Project) else None,
            theirs,
            sub_domain=self.target.reads.science_sub_domain,
        )
        self.target.projects.update(theirs, changes)

    def sync_project_end_date(
        self,
        waldur_resource: WaldurResource,
        waldur_rest_client: PluginClient,
        source_project: object | None = None,
    ) -> None:
        """Let the older end date of a resource's project follow the newer one."""
        if not isinstance(source_project, Project):
            return
        theirs = self._project_on_target(waldur_resource)
        if stands_for_another(theirs, waldur_resource):
            return
        source = EndDate(source_project.end_date, source_project.end_date_updated_at)
        target = EndDate(theirs.end_date, theirs.end_date_updated_at)
        match follower(self.settings.end_dates, source=source, target=target):
            case Follower.TARGET:
                self.target.projects.update(theirs, {"end_date": source.day})
            case Follower.SOURCE:
                _end_source(waldur_rest_client, source_project, target)


def _end_source(client: PluginClient, project: Project, end: EndDate) -> None:
    """Write the target's date to our own Waldur, where a provider need not have that right."""
    try:
        source_of(client).projects.update(project.uuid, end_date=end.day)
    except RefusedError as error:
        logger.warning("The end date of project %s stays as it is: %s", project.uuid.hex, error)
