"""A backend in memory: accounts, limits and members, with outages and a hook at every effect.

It is a plugin like any other, written against the contract alone, so what holds for it holds for
a real one. Settings name the system: two backends with the same ``system`` share it, as two
processes of the agent share a cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.backends import BaseBackend
from waldur_site_agent.backend.clients import BaseClient
from waldur_site_agent.backend.exceptions import BackendError, UserNotProvisionedError
from waldur_site_agent.backend.structures import Association, ClientResource, ResourceStatus
from waldur_site_agent.backend.utils import get_current_time_in_timezone
from waldur_site_agent_testkit.backends.system import SYSTEMS, MemoryAccount, MemorySystem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from waldur_site_agent.backend.structures import UsageReport, UserContext
    from waldur_site_agent.backend.waldur_objects import WaldurResource


__all__ = ["SYSTEMS", "MemoryAccount", "MemoryBackend", "MemoryClient", "MemorySystem"]


class MemoryClient(BaseClient):
    """The fake system's commands."""

    def __init__(self, system: MemorySystem) -> None:
        """Talk to one system."""
        self._system = system

    def account(self, name: str, *, asking: str) -> MemoryAccount:
        """Return an account.

        Raises:
            BackendError: there is none, or no answer.
        """
        self._system.ask(f"{asking} {name}")
        try:
            return self._system.accounts[name]
        except KeyError:
            raise BackendError(f"there is no account {name!r}") from None

    def list_resources(self) -> list[ClientResource]:
        """All accounts."""
        self._system.ask("list")
        return [self._as_resource(account) for account in self._system.accounts.values()]

    def get_resource(self, resource_id: str) -> ClientResource | None:
        """One account, or None when it is not there."""
        self._system.ask(f"get {resource_id}")
        account = self._system.accounts.get(resource_id)
        return self._as_resource(account) if account else None

    @staticmethod
    def _as_resource(account: MemoryAccount) -> ClientResource:
        return ClientResource(
            name=account.name, description=account.owner, organization=account.organization
        )

    def create_resource(
        self, name: str, description: str, organization: str, parent_name: str | None = None
    ) -> str:
        """Make an account."""
        del parent_name
        if name in self._system.accounts:
            raise BackendError(f"the account {name!r} exists")
        account = MemoryAccount(name=name, organization=organization, owner=description)
        self._system.effect(f"create {name}", lambda: self._system.accounts.update({name: account}))
        return name

    def delete_resource(self, name: str) -> str:
        """Remove an account."""
        self.account(name, asking="get")
        self._system.effect(f"delete {name}", lambda: self._forget(name))
        return name

    def _forget(self, name: str) -> None:
        del self._system.accounts[name]

    def set_resource_limits(self, resource_id: str, limits_dict: dict[str, int]) -> str | None:
        """Set limits in backend units, where they differ."""
        account = self.account(resource_id, asking="get")
        if account.limits != limits_dict:
            self._system.effect(f"limit {resource_id}", lambda: account.limits.update(limits_dict))
        return None

    def get_resource_limits(self, resource_id: str) -> dict[str, int]:
        """Limits in backend units."""
        return dict(self.account(resource_id, asking="limits").limits)

    def get_resource_user_limits(self, resource_id: str) -> dict[str, dict[str, int]]:
        """Limits of single users, as they were set."""
        limits = self.account(resource_id, asking="user_limits").user_limits
        return {user: dict(amounts) for user, amounts in limits.items()}

    def set_resource_user_limits(
        self, resource_id: str, username: str, limits_dict: dict[str, int]
    ) -> str:
        """Set one user's limits, where they differ; an empty mapping clears them."""
        account = self.account(resource_id, asking="get")
        if account.user_limits.get(username, {}) != limits_dict:
            self._system.effect(
                f"limit_user {resource_id}", lambda: limit_user(account, username, limits_dict)
            )
        return ""

    def get_association(self, user: str, resource_id: str) -> Association | None:
        """Whether a user is on an account."""
        if user in self.account(resource_id, asking="member").users:
            return Association(account=resource_id, user=user)
        return None

    def create_association(
        self, username: str, resource_id: str, default_account: str | None = None
    ) -> str:
        """Put a user on an account."""
        del default_account
        account = self.account(resource_id, asking="get")
        if username in self._system.strangers:
            raise UserNotProvisionedError(f"the system does not know {username!r} yet")
        if username in self._system.unwanted:
            raise BackendError("the system does not take this user")
        self._system.effect(f"add {resource_id}", lambda: account.users.add(username))
        return ""

    def delete_association(self, username: str, resource_id: str) -> str:
        """Take a user off an account."""
        account = self.account(resource_id, asking="get")
        self._system.effect(f"remove {resource_id}", lambda: take_off(account, [username]))
        return ""

    def get_usage_report(
        self, resource_ids: list[str], timezone: str | None = None
    ) -> list[object]:
        """Nobody uses a fake system."""
        del timezone
        self._system.ask("usage")
        return list(resource_ids) and []

    def list_resource_users(self, resource_id: str) -> list[str]:
        """Users of an account."""
        return sorted(self.account(resource_id, asking="users").users)

    def create_linux_user_homedir(self, username: str, umask: str = "") -> str:
        """Make a home directory, where there is none."""
        del umask
        self._system.ask(f"find_home {username}")
        if username not in self._system.homes:
            self._system.effect(f"home {username}", lambda: self._system.homes.add(username))
        return ""


def limit_user(account: MemoryAccount, username: str, limits: Mapping[str, int]) -> None:
    """Set a user's limits, or clear them."""
    account.user_limits.pop(username, None)
    if limits:
        account.user_limits[username] = dict(limits)


def take_off(account: MemoryAccount, users: Iterable[str]) -> None:
    """Take users off an account, with the limits that were their own."""
    for user in users:
        account.users.discard(user)
        account.user_limits.pop(user, None)


class MemoryBackend(BaseBackend):
    """The fake system as a plugin that reads and changes one thing after the other.

    It sets states without being able to tell them, as 1.x plugins do.
    """

    client: MemoryClient
    supports_user_homedirs = True

    def __init__(self, backend_settings: dict, backend_components: dict) -> None:  # type: ignore[type-arg]  # the contract's constructor takes plain dicts
        """Attach to the system that ``backend_settings["system"]`` names."""
        super().__init__(backend_settings, backend_components)
        self.backend_type = "memory"
        self.system = SYSTEMS.setdefault(backend_settings.get("system", "default"), MemorySystem())
        self.client = MemoryClient(self.system)

    def ping(self, raise_exception: bool = False) -> bool:
        """Whether the system is up."""
        if raise_exception:
            self.system.ask()
        return self.system.is_up

    def diagnostics(self) -> bool:
        """Whether the system is up."""
        return self.system.is_up

    def list_components(self) -> list[str]:
        """The configured ones."""
        return sorted(self.backend_components)

    def _get_usage_report(self, resource_backend_ids: list[str]) -> UsageReport:
        now = get_current_time_in_timezone(self.timezone)
        return self.system.used(resource_backend_ids, now.year, now.month)

    def get_usage_report_for_period(
        self,
        resource_backend_ids: list[str],
        year: int,
        month: int,
        waldur_resource: WaldurResource | None = None,
    ) -> UsageReport:
        """What accounts used in a past month; idle ones are on no record."""
        del waldur_resource
        return self.system.used(resource_backend_ids, year, month)

    def _collect_resource_limits(
        self, waldur_resource: WaldurResource
    ) -> tuple[dict[str, int], dict[str, int]]:
        ordered: Mapping[str, float] = waldur_resource.limits or {}
        known = {name: int(v) for name, v in ordered.items() if name in self.backend_components}
        return {name: int(v * self._factor(name)) for name, v in known.items()}, known

    def _factor(self, component: str) -> float:
        return float(self.backend_components[component].get("unit_factor", 1))

    def _pre_create_resource(
        self, waldur_resource: WaldurResource, user_context: UserContext | None = None
    ) -> None:
        del waldur_resource, user_context
        self.system.ask()

    def get_resource_limits(self, resource_backend_id: str) -> dict[str, int]:
        """Limits in Waldur units."""
        native = self.client.get_resource_limits(resource_backend_id)
        return {name: int(amount / self._factor(name)) for name, amount in native.items()}

    def downscale_resource(self, resource_backend_id: str) -> bool:
        """Slow an account down."""
        return self._put(resource_backend_id, ResourceStatus.DOWNSCALED, "downscale")

    def pause_resource(self, resource_backend_id: str) -> bool:
        """Stop an account."""
        return self._put(resource_backend_id, ResourceStatus.PAUSED, "pause")

    def restore_resource(self, resource_backend_id: str) -> bool:
        """Let an account go on."""
        return self._put(resource_backend_id, ResourceStatus.NORMAL, "restore")

    def _put(self, name: str, status: ResourceStatus, what: str) -> bool:
        account = self.client.account(name, asking="get")
        if account.status is not status:
            self.system.effect(f"{what} {name}", lambda: setattr(account, "status", status))
        return True

    def get_resource_metadata(self, resource_backend_id: str) -> dict[str, object]:
        """The account's name and state."""
        account = self.client.account(resource_backend_id, asking="metadata")
        return {"id": account.name, "status": str(account.status)}
