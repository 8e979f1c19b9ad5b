"""The project on MUP that bears a Waldur project's grant number."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import (
    BackendError,
    BackendNotReadyError,
    UserNotProvisionedError,
)
from waldur_site_agent.backend.utils import get_current_time_in_timezone
from waldur_site_agent_mup.grants import grant_number
from waldur_site_agent_mup.hooks.foundation import Foundation
from waldur_site_agent_mup.people import managers
from waldur_site_agent_mup.profiles import new_project
from waldur_site_agent_mup.research import research_field

if TYPE_CHECKING:
    from waldur_site_agent.backend.structures import UserContext
    from waldur_site_agent.backend.waldur_objects import WaldurResource
    from waldur_site_agent_mup.holdings import Holding
    from waldur_site_agent_mup.people import Person
    from waldur_site_agent_mup.portal.records import Project, User
    from waldur_site_agent_mup.view import View

NAMED_BY_WALDUR = "waldur_username"
"""The policy under which people are called at the site as in Waldur."""


class ProjectHooks(Foundation):
    """A project that is there and active, made with its principal investigator where it is not."""

    def _pre_create_resource(
        self, waldur_resource: WaldurResource, user_context: UserContext | None = None
    ) -> None:
        """Make the project, and have it active."""
        with self._one_view() as view:
            self._ensure_project(view, waldur_resource, user_context)

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
        field = self._research_field(context)
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

    def _research_field(self, context: UserContext) -> int:
        code = str(getattr(context.get("source_project"), "oecd_fos_2007_code", "") or "")
        return research_field(
            code, self.settings.research_fields, default=self.settings.default_research_field
        )

    def _in_active_project(self, view: View, holding: Holding) -> Holding:
        project = view.project(holding.project)
        if project is None:
            raise BackendError(f"MUP has no project {holding.project}, and an allocation in it")
        view.switch_project(project, active=True)
        return holding


def _end_of(resource: WaldurResource) -> date | None:
    end = resource.project_end_date
    return end.astimezone(UTC).date() if isinstance(end, datetime) else end
