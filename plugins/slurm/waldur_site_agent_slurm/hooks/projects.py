"""Projects that move to another organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_slurm.hierarchy import has_slugs
from waldur_site_agent_slurm.hooks.foundation import Foundation

if TYPE_CHECKING:
    from waldur_site_agent.backend.waldur_objects import WaldurResource


class ProjectHooks(Foundation):
    """The account tree above a resource."""

    def sync_resource_project(
        self, waldur_resource: WaldurResource, source_project: object | None = None
    ) -> None:
        """Move a project's account, and a resource's, where Waldur says that they belong."""
        del source_project
        if self.settings.parent_account or not has_slugs(waldur_resource, self.settings):
            return
        place = self._place(waldur_resource)
        if place.project == place.customer:
            return
        with self.client.one_view():
            self._hierarchy.ensure(place)
            if self._account(waldur_resource.backend_id):
                self._hierarchy.move(waldur_resource.backend_id, place.project)
