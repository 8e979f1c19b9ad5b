"""Reading what the portal has of resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.structures import BackendResourceInfo, BackendUser
from waldur_site_agent_mup.grants import grant_number
from waldur_site_agent_mup.hooks.foundation import Foundation
from waldur_site_agent_mup.identifiers import proposed, stem_of
from waldur_site_agent_mup.metadata import metadata_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waldur_site_agent.backend.waldur_objects import WaldurResource
    from waldur_site_agent_mup.portal.records import Allocation
    from waldur_site_agent_mup.view import View


class ReadingHooks(Foundation):
    """Reading resource after resource from the pass's view. What has ended is not there.

    The first one reads the listing of all projects; each project then costs two requests, for its
    allocations and its members, however many resources are in it.
    """

    def pull_resource(self, waldur_resource: WaldurResource) -> BackendResourceInfo | None:
        """Read one resource; see the base class."""
        backend_id = (waldur_resource.backend_id or "").strip()
        if not backend_id:
            return None
        try:
            with self._one_view() as view:
                _look_ahead(view, waldur_resource)
                holding = self._find(view, backend_id)
                if holding is not None:
                    view.note_user(holding.project, waldur_resource.project_uuid)
                return self._pull_backend_resource(backend_id)
        except BackendError as error:
            if self.strict_pull_requested():
                raise
            logger.warning("Could not read %r: %s", backend_id, error)
            return None

    def _pull_backend_resource(self, resource_backend_id: str) -> BackendResourceInfo | None:
        with self._one_view() as view:
            holding = self._find(view, resource_backend_id)
            if holding is None or not holding.is_alive:
                return None
            members = view.members(holding.project)
        return BackendResourceInfo(
            backend_id=resource_backend_id,
            parent_id=str(holding.project),
            users=[BackendUser(one.username, email=one.email) for one in members if one.is_active],
            usage=self._usage_of(resource_backend_id) if self.usage_requested() else {},
        )

    def get_resource_metadata(self, resource_backend_id: str) -> dict[str, object]:
        """Tell the project's id, and each allocation's id, name, type, size and state."""
        with self._one_view() as view:
            return metadata_of(self._existing(view, resource_backend_id))

    def list_resources(self) -> list[BackendResourceInfo]:
        """List what could be imported: allocations in use; ours that belong together, once."""
        with self._one_view() as view:
            return [
                BackendResourceInfo(backend_id=backend_id, parent_id=project.grant)
                for project in view.projects()
                for backend_id in self._ids(view.allocations(project.id).values())
            ]

    def _ids(self, allocations: Iterable[Allocation]) -> list[str]:
        names = [one.identifier for one in allocations if one.is_active]
        firsts = {stem: self._first(stem, names) for stem in map(stem_of, names) if stem}
        return list(dict.fromkeys(firsts.get(stem_of(name), name) for name in names))

    def _first(self, stem: str, names: list[str]) -> str:
        ours = [proposed(stem, name) for name in self.components]
        others = [name for name in names if stem_of(name) == stem]
        return next(name for name in [*ours, *others] if name in names)


def _look_ahead(view: View, resource: WaldurResource) -> None:
    """Read all allocations of a resource's project, before one is asked for by its name.

    Whose the project is, is noted by the grant, too: the resource itself may be unreadable. A
    project whose name tells no grant any more costs one request more.
    """
    try:
        project = view.project_listed(grant_number(resource.project_name))
        if project is not None:
            view.note_user(project.id, resource.project_uuid)
            view.allocations(project.id)
    except BackendUnavailableError:
        raise
    except BackendError:
        return
