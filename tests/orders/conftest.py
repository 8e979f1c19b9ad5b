"""An agent between the testkit's Mastermind and a backend in memory, killed at will."""

from __future__ import annotations

import itertools
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import structlog

from waldur_site_agent.backend.backends import UnknownUsernameManagementBackend
from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent.orders.late_members import completed_since
from waldur_site_agent.orders.order_pass import PassReport, list_orders, process_orders
from waldur_site_agent.sites.reads import PassReads
from waldur_site_agent.sites.site import Site
from waldur_site_agent.waldur.connection import ConnectionSettings, RetryPolicy
from waldur_site_agent.waldur.gateway import Waldur
from waldur_site_agent.waldur.plugin_client import PluginClient
from waldur_site_agent.waldur.transport import Transport
from waldur_site_agent_testkit.backends.memory import (
    SYSTEMS,
    MemoryAccount,
    MemoryBackend,
    MemorySystem,
)
from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_testkit.mastermind.state import Role
from waldur_site_agent_testkit.mastermind.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from waldur_site_agent_testkit.mastermind.calls import Call
    from waldur_site_agent_testkit.mastermind.state import Offering, Project

COMPONENTS = {
    "cpu": {"measured_unit": "h", "accounting_type": "limit", "label": "CPU", "unit_factor": 60},
    "mem": {"measured_unit": "h", "accounting_type": "limit", "label": "RAM", "unit_factor": 2},
}
TEAM = ("ada", "barbara", "grace")
AT_ONCE = RetryPolicy(attempts=2, first_wait=0, longest_wait=0, jitter=0)
SYSTEM_NUMBERS = itertools.count()
KEY_NUMBERS = itertools.count()


class Killed(BaseException):
    """The process is gone. Nothing in the agent may catch this."""


@dataclass
class Setting:
    """A provider, a project with a team, an offering, and a cluster in memory."""

    world: World
    offering: Offering
    project: Project
    system: MemorySystem
    token: str
    settings: dict[str, object]
    backend_class: type[MemoryBackend] = MemoryBackend
    expose_error_details: bool = True
    effects_to_live: int | None = None
    effects_to_silence: int | None = None
    _late: frozenset[UUID] | None = None
    _gateway: Waldur | None = field(default=None, repr=False)

    def kill_after(self, effects: int) -> None:
        """Kill the process at its n-th chance: before or after a write to either side."""
        self.effects_to_live = effects

    def _tick(self) -> None:
        if self.effects_to_live is not None:
            self.effects_to_live -= 1
            if self.effects_to_live < 0:
                self.effects_to_live = None
                raise Killed

    def on_call(self, call: Call, _phase: str) -> None:
        if call.method != "GET":
            self._tick()

    def lose_answer_after(self, effects: int) -> None:
        """Let the backend's n-th effect take place and its answer be lost."""
        self.effects_to_silence = effects

    def on_effect(self, phase: str, _name: str) -> None:
        self._tick()
        if phase == "after" and self.effects_to_silence is not None:
            self.effects_to_silence -= 1
            if self.effects_to_silence < 0:
                self.effects_to_silence = None
                raise BackendUnavailableError("the answer was lost")

    @property
    def waldur(self) -> Waldur:
        if self._gateway is None:
            self._gateway = Waldur(Transport(self.connection, network=transport(self.world)))
        return self._gateway

    @property
    def connection(self) -> ConnectionSettings:
        return ConnectionSettings(
            api_url="https://waldur.example.org/api/", token=self.token, retries=AT_ONCE
        )

    def site(self) -> Site:
        uuid = str(self.offering.uuid)
        backend = self.backend_class(dict(self.settings), COMPONENTS)
        return Site(
            offering=SimpleNamespace(name="cluster", waldur_offering_uuid=uuid),
            waldur=self.waldur,
            client=PluginClient(self.connection, self.waldur),
            backend=backend,
            username_backend=UnknownUsernameManagementBackend(),
            reads=PassReads(self.waldur, uuid),
            expose_error_details=self.expose_error_details,
        )

    def run(self, *, check_stop: Callable[[], None] = lambda: None) -> PassReport:
        """One pass of a process that goes on living, unless it is killed."""
        try:
            return self._run(check_stop)
        except Killed:
            self._gateway, self._late = None, None
            raise

    def _run(self, check_stop: Callable[[], None]) -> PassReport:
        uuid = str(self.offering.uuid)
        orders = list_orders(self.waldur, uuid)
        if self._late is None:
            since = datetime.now(UTC) - timedelta(days=1)
            self._late = frozenset(completed_since(self.waldur, uuid, since))
        report = process_orders(
            self.site(), orders, late=self._late, check_stop=check_stop, beat=lambda: None
        )
        self._late = report.late
        return report

    def usernames(self, *names: str) -> set[str]:
        return set(names or TEAM)


class KeyBackend(MemoryBackend):
    """The memory backend with API keys, which stand on the account and go with it."""

    supports_resource_api_keys = True

    def generate_resource_keys(self, backend_id: str, count: int) -> Iterator[dict[str, str]]:
        for _ in range(count):
            client = f"client-{next(KEY_NUMBERS)}"
            keys = keys_of(self.system.accounts[backend_id])
            self.system.effect(f"mint {backend_id}", lambda: keys.add(client))  # noqa: B023 - called at once
            yield {"client_id": client, "api_key": f"secret of {client}"}

    def prune_unknown_resource_keys(self, backend_id: str, keep: set[str]) -> None:
        keys = keys_of(self.system.accounts[backend_id])
        if keys - keep:
            self.system.effect(f"prune {backend_id}", lambda: keys.intersection_update(keep))


def keys_of(account: MemoryAccount) -> set[str]:
    return vars(account).setdefault("keys", set())


def make_setting(*, policy: str = "waldur_username", **settings: object) -> Setting:
    world = World()
    provider = world.add_customer("Provider")
    agent = world.add_user("agent", is_staff=True)
    world.grant(agent, provider, Role.CUSTOMER_OWNER)
    project = world.add_project(provider, "Climate", slug="climate")
    for name in TEAM:
        world.grant(world.add_user(name), project)
    offering = world.add_offering(
        provider,
        "Cluster",
        components=tuple(COMPONENTS),
        plugin_options={
            "service_provider_can_create_offering_user": True,
            "username_generation_policy": policy,
            **settings.pop("plugin_options", {}),
        },
    )
    world.add_plan(offering)
    name = f"system-{next(SYSTEM_NUMBERS)}"
    setting = Setting(
        world=world,
        offering=offering,
        project=project,
        system=SYSTEMS.setdefault(name, MemorySystem()),
        token=agent.token,
        settings={"system": name, "allocation_prefix": "hpc_", **settings},
    )
    world.on_call(setting.on_call)
    setting.system.on_effect = setting.on_effect
    return setting


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    wrapper = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=wrapper)
    yield
    structlog.reset_defaults()


@pytest.fixture
def setting() -> Setting:
    return make_setting()


@pytest.fixture
def make() -> Callable[..., Setting]:
    return make_setting


@pytest.fixture
def key_backend() -> type[KeyBackend]:
    return KeyBackend


@pytest.fixture
def killed() -> type[Killed]:
    return Killed
