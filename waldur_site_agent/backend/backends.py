"""What a backend plugin subclasses."""

# ruff: noqa: ARG002 - hooks that do nothing by default keep the parameters of the contract

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waldur_site_agent.backend.hooks.events import EventHooks
from waldur_site_agent.backend.hooks.homedirs import HomedirHooks
from waldur_site_agent.backend.hooks.keys import KeyHooks
from waldur_site_agent.backend.hooks.lifecycle import LifecycleHooks
from waldur_site_agent.backend.hooks.measuring import MeasuringHooks
from waldur_site_agent.backend.hooks.members import MemberHooks
from waldur_site_agent.backend.hooks.orders import OrderHooks
from waldur_site_agent.backend.hooks.states import StateHooks
from waldur_site_agent.backend.hooks.sync import SyncHooks
from waldur_site_agent.backend.structures import (
    AddedUsers,
    BackendRole,
    PendingOrderDecision,
    RemovedUsers,
)
from waldur_site_agent.backend.usernames import (
    AbstractUsernameManagementBackend,
    UnknownUsernameManagementBackend,
)

if TYPE_CHECKING:
    from waldur_site_agent.backend.component_types import Components
    from waldur_site_agent.backend.structures import UsageReport, UserContext
    from waldur_site_agent.backend.waldur_objects import WaldurResource

__all__ = [
    "AbstractUsernameManagementBackend",
    "AddedUsers",
    "BackendRole",
    "BaseBackend",
    "PendingOrderDecision",
    "RemovedUsers",
    "UnknownBackend",
    "UnknownUsernameManagementBackend",
]


class BaseBackend(
    LifecycleHooks,
    MeasuringHooks,
    MemberHooks,
    HomedirHooks,
    OrderHooks,
    StateHooks,
    SyncHooks,
    KeyHooks,
    EventHooks,
):
    """A backend: what makes an offering's resources real.

    A plugin implements the abstract hooks, sets ``backend_type`` and usually ``client`` in its
    constructor, and overrides what differs. Each hook says who calls it and when; they are grouped
    by subject under ``waldur_site_agent.backend.hooks``. What they raise decides about the work in
    hand: see ``waldur_site_agent.backend.exceptions``.

    The agent makes one instance for a pass, and calls it from one thread at a time.
    """


class UnknownBackend(BaseBackend):
    """Stands where an offering names no backend. The agent refuses to work with it."""

    def __init__(
        self,
        backend_settings: dict[str, Any] | None = None,
        backend_components: Components | None = None,
    ) -> None:
        """Need no settings."""
        super().__init__(backend_settings or {}, backend_components or {})

    def ping(self, raise_exception: bool = False) -> bool:
        """Never answer."""
        return False

    def diagnostics(self) -> bool:
        """Have nothing to show, and nothing that is well."""
        return False

    def list_components(self) -> list[str]:
        """Have none."""
        return []

    def _get_usage_report(self, resource_backend_ids: list[str]) -> UsageReport:
        """Know of no usage."""
        return {}

    def _collect_resource_limits(
        self, waldur_resource: WaldurResource
    ) -> tuple[dict[str, int], dict[str, int]]:
        """Limit nothing."""
        return {}, {}

    def _pre_create_resource(
        self, waldur_resource: WaldurResource, user_context: UserContext | None = None
    ) -> None:
        """Make nothing."""

    def downscale_resource(self, resource_backend_id: str) -> bool:
        """Do nothing."""
        return False

    def pause_resource(self, resource_backend_id: str) -> bool:
        """Do nothing."""
        return False

    def restore_resource(self, resource_backend_id: str) -> bool:
        """Do nothing."""
        return False

    def get_resource_metadata(self, resource_backend_id: str) -> dict[str, object]:
        """Know nothing."""
        return {}
