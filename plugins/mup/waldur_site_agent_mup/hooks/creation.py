"""Making a resource real: an allocation for each component, in the grant's project."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import (
    BackendError,
)
from waldur_site_agent.backend.structures import BackendResourceInfo
from waldur_site_agent_mup.holdings import Holding
from waldur_site_agent_mup.hooks.projects import ProjectHooks
from waldur_site_agent_mup.identifiers import backend_id as write_backend_id
from waldur_site_agent_mup.identifiers import names_of, proposed, stem, stem_of
from waldur_site_agent_mup.metadata import metadata_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from waldur_site_agent.backend.structures import UserContext
    from waldur_site_agent.backend.waldur_objects import WaldurResource
    from waldur_site_agent_mup.portal.records import Allocation
    from waldur_site_agent_mup.view import View


LOST = (
    "MUP lost {!r}, and gives such names itself: make allocations there, and write their names "
    "into the backend id in Waldur, with commas between"
)


class CreationHooks(ProjectHooks):
    """Coming. Every step first looks whether it is done, so all of it may be repeated.

    MUP gives the final word on names, so no id is said in Waldur before. What is found again after
    a crash is what bears the name that only this resource's allocations are given.
    """

    def create_resource_with_id(
        self,
        waldur_resource: WaldurResource,
        resource_backend_id: str,
        user_context: UserContext | None = None,
    ) -> BackendResourceInfo:
        """Make a resource's allocations; the id is what MUP calls them, not the one proposed."""
        del resource_backend_id
        sizes = self._sizes(waldur_resource.limits or {})
        with self._one_view() as view:
            holding = self._begun(view, waldur_resource, sizes)
            if holding is None:
                project = self._ensure_project(view, waldur_resource, user_context)
                holding = Holding(project=project.id, parts={}, stem=self._stem(waldur_resource))
            current = (waldur_resource.backend_id or "").strip()
            return self._complete_holding(view, holding, sizes, waldur_resource, current)

    def _begun(self, view: View, resource: WaldurResource, names: Iterable[str]) -> Holding | None:
        """Find what has ended, or what an interrupted creation left; have its project active."""
        ours = (proposed(self._stem(resource), name) for name in names)
        known = filter(None, [(resource.backend_id or "").strip(), *ours])
        found = next((one for name in known if (one := self._find(view, name))), None)
        return self._in_active_project(view, found) if found else None

    def _stem(self, resource: WaldurResource) -> str:
        return stem(self.settings.allocation_prefix, resource.uuid)

    def adopt_resource(
        self,
        resource: WaldurResource,
        backend_id: str,
        user_context: UserContext | None = None,
    ) -> BackendResourceInfo:
        """Complete allocations that exist: active, of the size ordered, in an active project."""
        del user_context
        sizes = self._sizes(resource.limits or {})
        with self._one_view() as view:
            holding = self._in_active_project(view, self._existing(view, backend_id))
            return self._complete_holding(view, holding, sizes, resource, backend_id)

    def recreate_missing_resource(self, waldur_resource: WaldurResource) -> bool:
        """Make allocations again that MUP lost, if it still has the project."""
        backend_id = (waldur_resource.backend_id or "").strip()
        if not backend_id:
            return False
        with self._one_view() as view:
            found = self._find(view, backend_id)
            if found is not None and found.is_alive:
                return False
            if found is None and not stem_of(backend_id):
                raise BackendError(LOST.format(backend_id))
            self.create_resource_with_id(waldur_resource, backend_id)
        return True

    # Its allocations

    def _sizes(self, limits: Mapping[str, float]) -> dict[str, int]:
        """Sizes in MUP's units by component.

        Raises:
            BackendError: nothing that was ordered has an allocation.
        """
        sizes = {
            name: component.size(limits[name])
            for name, component in self.components.items()
            if limits.get(name) is not None
        }
        if sizes:
            return sizes
        known = ", ".join(self.components) or "none at all"
        raise BackendError(f"Nothing that was ordered has an allocation on MUP (known: {known}).")

    def _complete_holding(
        self,
        view: View,
        holding: Holding,
        sizes: Mapping[str, int],
        resource: WaldurResource,
        backend_id: str,
    ) -> BackendResourceInfo:
        """Have each component's allocation there, and say what the resource is called."""
        called = holding.stem or self._stem(resource)
        parts = {
            name: self._ensure_part(view, holding, name, size, called)
            for name, size in sizes.items()
        }
        kept = {name: one for name, one in holding.parts.items() if name not in parts}
        whole = replace(holding, parts={**kept, **parts})
        return BackendResourceInfo(
            backend_id=_backend_id(whole, self._in_order(whole), backend_id),
            limits={name: resource.limits[name] for name in sizes},
            backend_metadata=metadata_of(whole),
        )

    def _ensure_part(
        self, view: View, holding: Holding, name: str, size: int, stem: str
    ) -> Allocation:
        found = holding.parts.get(name)
        if found is not None:
            return view.edit_allocation(found, size=size, active=True)
        body = {
            "type": self.components[name].type,
            "identifier": proposed(stem, name),
            "size": size,
            "used": 0,
            "active": True,
            "project": holding.project,
        }
        return view.add_allocation(holding.project, body)

    def _in_order(self, holding: Holding) -> list[str]:
        parts = [holding.parts[name] for name in self.components if name in holding.parts]
        return [one.identifier for one in [*parts, *holding.strays]]


def _backend_id(holding: Holding, names: list[str], current: str) -> str:
    """Keep an id that tells all; else write one."""
    ours = [proposed(holding.stem, name) for name in holding.parts] if holding.stem else []
    if current and set(names) <= {*names_of(current), *ours}:
        return current
    return write_backend_id(names, ours)
