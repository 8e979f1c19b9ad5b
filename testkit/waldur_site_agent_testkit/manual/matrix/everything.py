"""A plugin that declares all that can be declared, and has each of its hooks' calls taken down.

What plugins leave alone in general stands as the contract has it, so that it is seen which hooks
its defaults call.
"""

# ruff: noqa: ARG002 - hooks keep the parameters of the contract

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waldur_site_agent.backend.backends import (
    AbstractUsernameManagementBackend,
    PendingOrderDecision,
)
from waldur_site_agent_testkit.backends.memory import MemoryBackend
from waldur_site_agent_testkit.manual.matrix.recording import RECORDINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from waldur_site_agent.backend.component_types import Components
    from waldur_site_agent.backend.structures import (
        BackendResourceInfo,
        MembershipStatus,
        PeriodicSettingsResult,
        ResourceKey,
        ResourceStatus,
        UserContext,
    )
    from waldur_site_agent.backend.waldur_objects import (
        PluginClient,
        WaldurOfferingUser,
        WaldurOrder,
        WaldurResource,
    )
    from waldur_site_agent.config.models import Offering

BACKEND, CLIENT, USERNAMES = "BaseBackend", "BaseClient", "AbstractUsernameManagementBackend"


class Everything(MemoryBackend):
    """The backend in memory, with an opinion on everything."""

    supports_cycle_preflight = True
    supports_resource_api_keys = True
    supports_periodic_settings = True
    requires_source_project = True

    def __init__(self, backend_settings: dict[str, Any], backend_components: Components) -> None:
        """Have all calls of the backend and of its client taken down."""
        super().__init__(backend_settings, backend_components)
        recording = RECORDINGS[backend_settings["system"]]
        recording.watch(self, BACKEND)
        recording.watch(self.client, CLIENT)

    def get_resource_status(self, resource_backend_id: str) -> ResourceStatus | None:
        """The account's state."""
        return self.client.account(resource_backend_id, asking="status").status

    def evaluate_pending_order(
        self, order: WaldurOrder, waldur_rest_client: PluginClient
    ) -> PendingOrderDecision:
        """Take every order."""
        return PendingOrderDecision.ACCEPT

    def update_resource_attributes(
        self, resource: WaldurResource, attributes: Mapping[str, object]
    ) -> None:
        """Keep nothing of it."""

    def generate_resource_keys(self, resource_backend_id: str, count: int) -> Iterator[ResourceKey]:
        """As many as are asked for."""
        for number in range(count):
            yield {"client_id": f"{resource_backend_id}-{number}", "api_key": f"secret-{number}"}

    def rotate_resource_key(
        self, client_id: str, resource_backend_id: str, known_client_ids: set[str] | None = None
    ) -> str:
        """Another one."""
        return f"another-secret-of-{client_id}"

    def apply_periodic_settings(
        self,
        resource_id: str,
        settings: Mapping[str, object],
        config: Mapping[str, object] | None = None,
    ) -> PeriodicSettingsResult:
        """Do as if."""
        return {"success": True, "commands_executed": []}

    def update_user_attributes(self, username: str, attributes: Mapping[str, object]) -> None:
        """Keep nothing of it."""

    def reconcile_existing_user_roles(
        self,
        waldur_resource: WaldurResource,
        existing_users: set[str],
        user_roles: Mapping[str, str],
        user_cuids: Mapping[str, str],
    ) -> None:
        """Know of no roles."""

    def get_membership_sync_report(
        self, waldur_resource: WaldurResource
    ) -> list[MembershipStatus] | None:
        """Everybody is where they should be."""
        users = self.client.list_resource_users(waldur_resource.backend_id)
        synced: MembershipStatus = {
            "scope_type": "resource",
            "role_name": "member",
            "state": "synced",
        }
        return [{**synced, "username": user} for user in users]

    def sync_offering_user_usernames(
        self, offering_uuid: str, waldur_rest_client: PluginClient
    ) -> bool:
        """Know no better."""
        return False

    def sync_resource_end_date(
        self, waldur_resource: WaldurResource, waldur_rest_client: PluginClient
    ) -> None:
        """Have no dates."""

    def sync_resource_effective_id(
        self, waldur_resource: WaldurResource, waldur_rest_client: PluginClient
    ) -> None:
        """Have no other id."""

    def sync_project_end_date(
        self,
        waldur_resource: WaldurResource,
        waldur_rest_client: PluginClient,
        source_project: object | None = None,
    ) -> None:
        """Have no dates."""

    def sync_resource_project(
        self, waldur_resource: WaldurResource, source_project: object | None = None
    ) -> None:
        """Know of no projects."""


class Elsewhere(Everything):
    """The same behind a counter, where orders take a while."""

    supports_async_orders = True
    reserves_backend_ids = True

    def create_resource_with_id(
        self,
        waldur_resource: WaldurResource,
        resource_backend_id: str,
        user_context: UserContext | None = None,
    ) -> BackendResourceInfo:
        """Place the order; it is carried out at once, and told to be done when it is asked for."""
        info = super().create_resource_with_id(waldur_resource, resource_backend_id, user_context)
        info.pending_order_id = f"order-of-{resource_backend_id}"
        return info

    def check_pending_order(self, order_backend_id: str) -> bool:
        """It is done."""
        return True


class Names(AbstractUsernameManagementBackend):
    """Calls everybody by their name in Waldur."""

    def __init__(
        self, backend_settings: dict[str, Any] | None = None, offering: Offering | None = None
    ) -> None:
        """Have all calls taken down."""
        super().__init__(backend_settings, offering)
        RECORDINGS[self.backend_settings["system"]].watch(self, USERNAMES)

    def get_username(self, offering_user: WaldurOfferingUser) -> str | None:
        """There is none yet."""
        return None

    def generate_username(self, offering_user: WaldurOfferingUser) -> str:
        """The name in Waldur."""
        return offering_user.user_username

    def sync_user_profiles(self, offering_users: object) -> None:
        """Keep nothing of it."""

    def close_account(self, account: WaldurOfferingUser) -> None:
        """Do what is done by default."""
        super().close_account(account)

    def deactivate_users(self, usernames: set[str]) -> None:
        """Keep nothing of it."""
