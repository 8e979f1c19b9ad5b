"""A backend in memory: accounts, limits and members, with outages and a hook at every effect.

It is a plugin like any other, written against the contract alone, so what holds for it holds for
a real one. Settings name the system: two backends with the same ``system`` share it, as two
processes of the agent share a cluster.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from waldur_site_agent.backend.backends import BaseBackend
from waldur_site_agent.backend.clients import BaseClient
from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.structures import Association, ClientResource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from waldur_site_agent.backend.structures import UserContext
    from waldur_site_agent.backend.waldur_objects import WaldurResource


@dataclass
class MemoryAccount:
    """An account on the fake system."""

    name: str
    organization: str
    owner: str
    """Description given at creation; tells whose account it is."""
    limits: dict[str, int] = field(default_factory=dict)
    """In backend units."""
    users: set[str] = field(default_factory=set)


@dataclass
class MemorySystem:
    """The fake system: state, an outage switch, and a hook around every effect.

    ``on_effect`` is called with ``"before"`` and ``"after"`` and the effect's name, and may raise:
    a BaseException there is the process being killed.
    """

    accounts: dict[str, MemoryAccount] = field(default_factory=dict)
    is_up: bool = True
    refuses: set[str] = field(default_factory=set)
    """Effects to which the system says a definite no."""
    effects: list[str] = field(default_factory=list)
    on_effect: Callable[[str, str], None] = lambda _phase, _name: None

    def effect(self, name: str, change: Callable[[], None]) -> None:
        """Let a change take place."""
        self.ask()
        if name.partition(" ")[0] in self.refuses:
            raise BackendError(f"the system refuses to {name}")
        self.on_effect("before", name)
        change()
        self.effects.append(name)
        self.on_effect("after", name)

    def ask(self) -> None:
        """Answer, unless the system is down.

        Raises:
            BackendUnavailableError: it is.
        """
        if not self.is_up:
            raise BackendUnavailableError("the system does not answer")


SYSTEMS: dict[str, MemorySystem] = {}


class MemoryClient(BaseClient):
    """The fake system's commands."""

    def __init__(self, system: MemorySystem) -> None:
        """Talk to one system."""
        self._system = system

    def _account(self, name: str) -> MemoryAccount:
        self._system.ask()
        try:
            return self._system.accounts[name]
        except KeyError:
            raise BackendError(f"there is no account {name!r}") from None

    def list_resources(self) -> list[ClientResource]:
        """All accounts."""
        self._system.ask()
        return [self._as_resource(account) for account in self._system.accounts.values()]

    def get_resource(self, resource_id: str) -> ClientResource | None:
        """One account, or None when it is not there."""
        self._system.ask()
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
        self._account(name)
        self._system.effect(f"delete {name}", lambda: self._forget(name))
        return name

    def _forget(self, name: str) -> None:
        del self._system.accounts[name]

    def set_resource_limits(self, resource_id: str, limits_dict: dict[str, int]) -> str | None:
        """Set limits in backend units, where they differ."""
        account = self._account(resource_id)
        if account.limits != limits_dict:
            self._system.effect(f"limit {resource_id}", lambda: account.limits.update(limits_dict))
        return None

    def get_resource_limits(self, resource_id: str) -> dict[str, int]:
        """Limits in backend units."""
        return dict(self._account(resource_id).limits)

    def get_resource_user_limits(self, resource_id: str) -> dict[str, dict[str, int]]:
        """No limits of single users are kept."""
        self._account(resource_id)
        return {}

    def set_resource_user_limits(
        self, resource_id: str, username: str, limits_dict: dict[str, int]
    ) -> str:
        """No limits of single users are kept."""
        raise BackendError(f"no limits of single users: {resource_id} {username} {limits_dict}")

    def get_association(self, user: str, resource_id: str) -> Association | None:
        """Whether a user is on an account."""
        if user in self._account(resource_id).users:
            return Association(account=resource_id, user=user)
        return None

    def create_association(
        self, username: str, resource_id: str, default_account: str | None = None
    ) -> str:
        """Put a user on an account."""
        del default_account
        account = self._account(resource_id)
        self._system.effect(f"add {resource_id}", lambda: account.users.add(username))
        return ""

    def delete_association(self, username: str, resource_id: str) -> str:
        """Take a user off an account."""
        account = self._account(resource_id)
        self._system.effect(f"remove {resource_id}", lambda: account.users.discard(username))
        return ""

    def get_usage_report(
        self, resource_ids: list[str], timezone: str | None = None
    ) -> list[object]:
        """Nobody uses a fake system."""
        del timezone
        self._system.ask()
        return list(resource_ids) and []

    def list_resource_users(self, resource_id: str) -> list[str]:
        """Users of an account."""
        return sorted(self._account(resource_id).users)


class MemoryBackend(BaseBackend):
    """The fake system as a plugin."""

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

    def _get_usage_report(
        self, resource_backend_ids: list[str]
    ) -> dict[str, dict[str, dict[str, float]]]:
        self.system.ask()
        return {name: {"TOTAL_ACCOUNT_USAGE": {}} for name in resource_backend_ids}

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

    def downscale_resource(self, resource_backend_id: str) -> bool:
        """States are not kept."""
        return bool(self.client.get_resource(resource_backend_id))

    def pause_resource(self, resource_backend_id: str) -> bool:
        """States are not kept."""
        return bool(self.client.get_resource(resource_backend_id))

    def restore_resource(self, resource_backend_id: str) -> bool:
        """States are not kept."""
        return bool(self.client.get_resource(resource_backend_id))

    def get_resource_metadata(self, resource_backend_id: str) -> dict[str, object]:
        """None is kept."""
        self.system.ask()
        return {"id": resource_backend_id}
