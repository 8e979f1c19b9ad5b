"""Making a resource real: the project on MUP, and an allocation for each component."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import (
    BackendError,
    BackendNotReadyError,
    UserNotProvisionedError,
)
from waldur_site_agent.backend.structures import BackendResourceInfo
from waldur_site_agent.backend.utils import get_current_time_in_timezone
from waldur_site_agent_mup.grants import grant_number
from waldur_site_agent_mup.holdings import Holding
from waldur_site_agent_mup.hooks.foundation import Foundation
from waldur_site_agent_mup.identifiers import backend_id as write_backend_id
from waldur_site_agent_mup.identifiers import names_of, proposed, stem
from waldur_site_agent_mup.metadata import metadata_of
from waldur_site_agent_mup.people import managers
from waldur_site_agent_mup.profiles import new_project
from waldur_site_agent_mup.research import research_field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from waldur_site_agent.backend.structures import UserContext
    from waldur_site_agent.backend.waldur_objects import WaldurResource
    from waldur_site_agent_mup.people import Person
    from waldur_site_agent_mup.portal.records import Allocation, Project, User
    from waldur_site_agent_mup.view import View


NAMED_BY_WALDUR = "waldur_username"
"""The policy under which people are called at the site as in Waldur."""


class CreationHooks(Foundation):
    """Coming. Every step first looks whether it is done, so all of it may be repeated.

    MUP gives the final word on names, so no id is said in Waldur before. What is found again after
    a crash is what bears the name that only this resource's allocations are given.
    """

    def _pre_create_resource(
        self, waldur_resource: WaldurResource, user_context: UserContext | None = None
    ) -> None:
        """Make the project, and have it active."""
        with self._one_view() as view:
            self._ensure_project(view, waldur_resource, user_context)

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

    def _in_active_project(self, view: View, holding: Holding) -> Holding:
        project = view.project(holding.project)
        if project is None:
            raise BackendError(f"MUP has no project {holding.project}, and an allocation in it")
        view.switch_project(project, active=True)
        return holding

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
            made = self.create_resource_with_id(waldur_resource, backend_id)
        if made.backend_id != backend_id:
            raise BackendError(
                f"what was {backend_id!r} is {made.backend_id!r} on MUP now: set the resource's "
                "backend id in Waldur to that"
            )
        return True

    # The project

    def _ensure_project(
        self, view: View, resource: WaldurResource, context: UserContext | None
    ) -> Project:
        grant = grant_number(resource.project_name)
        found = view.project_of_grant(grant)
        project = found or self._add_project(view, resource, grant, context)
        return view.switch_project(project, active=True)

    def _add_project(
        self, view: View, resource: WaldurResource, grant: str, context: UserContext | None
    ) -> Project:
        if context is None:
            raise BackendError(
                f"MUP has no project {grant!r}, and only an order tells who is to lead one"
            )
        policy = resource.offering_plugin_options.get("username_generation_policy")
        manager = managers(context, named_by_waldur=policy == NAMED_BY_WALDUR)[0]
        code = str(getattr(context.get("source_project"), "oecd_fos_2007_code", "") or "")
        field = research_field(
            code, self.settings.research_fields, default=self.settings.default_research_field
        )
        investigator = self._investigator(manager, field)
        made = view.add_project(
            new_project(
                title=resource.project_name,
                description=resource.project_description,
                grant=grant,
                investigator=investigator.email or manager.email,
                agency=self.settings.agencies.get(
                    resource.customer_slug, self.settings.default_agency
                ),
                field=field,
                until=_end_of(resource),
                settings=self.settings,
                today=get_current_time_in_timezone(self.timezone).date(),
            )
        )
        logger.info("The project %r was made on MUP", grant)
        return made

    def _investigator(self, manager: Person, field: int) -> User:
        try:
            return self._accounts.ensure(manager, field=field)
        except UserNotProvisionedError as error:
            raise BackendNotReadyError(
                f"the project's manager is to lead it on MUP and is not there, and {error}"
            ) from error

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


def _end_of(resource: WaldurResource) -> date | None:
    end = resource.project_end_date
    return end.astimezone(UTC).date() if isinstance(end, datetime) else end
