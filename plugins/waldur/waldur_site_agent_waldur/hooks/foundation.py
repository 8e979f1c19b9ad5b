"""What all hooks share: an offering's settings, its rules, and the target."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.backends import BaseBackend
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.structures import MemberKey
from waldur_site_agent_waldur.door import NotOnTargetError, gateway_to
from waldur_site_agent_waldur.limit_rules import LimitRules
from waldur_site_agent_waldur.people import matches_by_email
from waldur_site_agent_waldur.role_rules import RoleRules
from waldur_site_agent_waldur.settings import FederationSettings, ResolveMethod
from waldur_site_agent_waldur.target import Target
from waldur_site_agent_waldur.usage_rules import UsageRules

if TYPE_CHECKING:
    from waldur_site_agent.backend.component_types import Components
    from waldur_site_agent.backend.waldur_objects import PluginClient, WaldurResource
    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent.waldur.models import ConsumerResource, Project
    from waldur_site_agent_waldur.settings import TargetAddress

BACKEND_TYPE = "waldur"


class Foundation(BaseBackend):
    """One offering's settings and rules, and the target that serves it."""

    def __init__(self, backend_settings: dict[str, Any], backend_components: Components) -> None:
        """Take an offering's settings; the target is not asked.

        Raises:
            ValueError: a setting or a component that cannot be worked with.
        """
        super().__init__(backend_settings, backend_components)
        self.backend_type = BACKEND_TYPE
        self.settings = FederationSettings.from_dict(backend_settings)
        self.limit_rules = LimitRules(backend_components)
        self.usage_rules = UsageRules(backend_components, self.settings.mapped_usage)
        self.role_rules = RoleRules(self.settings.roles)
        by_email = matches_by_email(self.settings)
        self.members_known_by = MemberKey.EMAIL if by_email else MemberKey.CUID
        self.wants_user_attributes = self.settings.resolve_method is ResolveMethod.IDENTITY_BRIDGE
        self.fetch_consented_users_only = self.settings.consented_only

    def gateway(self, address: TargetAddress) -> Waldur:
        """How the target is spoken to: the place for another connection of the same interface."""
        return gateway_to(address)

    @cached_property
    def target(self) -> Target:
        """The target as this pass sees it."""
        return Target(self.gateway(self.settings.target), self.settings)

    def begin_pass(self) -> None:
        """Forget what an earlier pass saw."""
        self.__dict__.pop("target", None)

    def end_pass(self) -> None:
        """Forget what this pass saw."""
        self.__dict__.pop("target", None)

    def ping(self, raise_exception: bool = False) -> bool:
        """Say whether the target answers, and takes the token."""
        try:
            self.target.waldur.server.current_user()
        except BackendError as error:
            if raise_exception:
                raise
            logger.warning("The target Waldur does not answer its ping: %s", error)
            return False
        return True

    def _living(self, backend_id: str) -> ConsumerResource | None:
        """What lives on the target under an id; None when surely nothing does.

        Raises:
            BackendUnavailableError: that could not be told.
        """
        try:
            return self.target.reads.resource(backend_id)
        except NotOnTargetError:
            return None

    def _project_on_target(self, resource: WaldurResource) -> Project:
        """The target's project that a resource is in.

        Raises:
            BackendError: the target does not tell it, or has no such resource.
        """
        uuid = self.target.reads.resource(resource.backend_id).project_uuid
        if uuid is None:
            raise BackendError("The target Waldur does not tell the resource's project.")
        return self.target.projects.with_uuid(uuid)

    def remote_waldur_base_urls(self) -> list[str]:
        """The target, whose failures are not our own Waldur's."""
        return [self.settings.target.api_url]


def source_of(client: PluginClient) -> Waldur:
    """Our own Waldur, the source, as hooks receive it."""
    return cast("Waldur", client.gateway)
