"""Membership sync between the testkit's Mastermind and a backend in memory, killed at will."""

from __future__ import annotations

import itertools
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import structlog

from waldur_site_agent.backend.backends import AbstractUsernameManagementBackend
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.config.models import Offering
from waldur_site_agent.membership.dry_run import plan_pass
from waldur_site_agent.membership.statuses import StatusReports
from waldur_site_agent.membership.sync_pass import MembershipPass
from waldur_site_agent.sites.reads import PassReads
from waldur_site_agent.sites.site import Site
from waldur_site_agent.waldur.connection import ConnectionSettings, RetryPolicy
from waldur_site_agent.waldur.gateway import Waldur
from waldur_site_agent.waldur.plugin_client import PluginClient
from waldur_site_agent.waldur.transport import Transport
from waldur_site_agent_testkit.backends.bulk import BulkBackend
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
    from collections.abc import Callable, Iterator, Sequence

    from waldur_site_agent.membership.dry_run import ResourcePlan
    from waldur_site_agent.membership.report import SyncReport
    from waldur_site_agent_testkit.mastermind.calls import Call
    from waldur_site_agent_testkit.mastermind.state import Offering as WorldOffering
    from waldur_site_agent_testkit.mastermind.state import Project, Resource, User

COMPONENTS = {
    "cpu": {"measured_unit": "h", "accounting_type": "limit", "label": "CPU", "unit_factor": 60},
    "mem": {"measured_unit": "h", "accounting_type": "limit", "label": "RAM", "unit_factor": 2},
}
LIMITS = {"cpu": 10, "mem": 5}
AT_ONCE = RetryPolicy(attempts=2, first_wait=0, longest_wait=0, jitter=0)
NUMBERS = itertools.count()


class Killed(BaseException):
    """The process is gone. Nothing in the agent may catch this."""


class Directory(AbstractUsernameManagementBackend):
    """A username plugin whose answers tests set; remembers whom it was told to deactivate."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, str] = {}
        self.raises: Exception | None = None
        self.refuses_to_deactivate = False
        self.deactivated: list[str] = []
        self.profiles: list[set[str]] = []

    def get_username(self, offering_user: object) -> str | None:
        if self.raises:
            raise self.raises
        return self.names.get(offering_user.user_username)

    def generate_username(self, offering_user: object) -> str:
        del offering_user
        return ""

    def sync_user_profiles(self, offering_users: Sequence[object]) -> None:
        self.profiles.append({user.username for user in offering_users})

    def deactivate_users(self, usernames: set[str]) -> None:
        if self.refuses_to_deactivate:
            raise BackendError("the directory is read-only")
        self.deactivated += sorted(usernames)


@dataclass
class Setting:
    """A provider, a project with a team, an offering with a resource, a cluster in memory."""

    world: World
    offering: WorldOffering
    project: Project
    system: MemorySystem
    token: str
    settings: dict[str, object]
    offering_settings: dict[str, object]
    people: dict[str, User] = field(default_factory=dict)
    backend_class: type[MemoryBackend] = BulkBackend
    usernames: Directory = field(default_factory=Directory)
    statuses: StatusReports = field(default_factory=StatusReports)
    effects_to_live: int | None = None
    _gateway: Waldur | None = field(default=None, repr=False)

    # The world

    def person(self, name: str) -> User:
        if name not in self.people:
            self.people[name] = self.world.add_user(name)
        return self.people[name]

    def join(self, *names: str, project: Project | None = None, role: Role | None = None) -> None:
        for name in names:
            self.world.grant(
                self.person(name), project or self.project, role or Role.PROJECT_MEMBER
            )

    def leave(self, *names: str, project: Project | None = None) -> None:
        for name in names:
            self.world.revoke(self.person(name), project or self.project)

    def account_of(self, name: str) -> object:
        return self.world.offering_user(self.person(name), self.offering)

    def resource(
        self, backend_id: str, *, project: Project | None = None, users: Sequence[str] = ()
    ) -> Resource:
        """A resource that has long been there, in Waldur and on the cluster."""
        made = self.world.add_resource(
            project or self.project,
            self.offering,
            backend_id,
            backend_id=backend_id,
            limits=dict(LIMITS),
        )
        self.system.accounts[backend_id] = MemoryAccount(
            name=backend_id,
            organization="p",
            owner=backend_id,
            limits={"cpu": 600, "mem": 10},
            users=set(users),
        )
        return made

    def on(self, backend_id: str) -> set[str]:
        return set(self.system.accounts[backend_id].users)

    def writes(self) -> list[str]:
        return [call.path for call in self.world.calls if call.method != "GET"]

    def asked(self, what: str) -> int:
        return sum(what in call.path for call in self.world.calls)

    # The agent

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

    def on_effect(self, _phase: str, _name: str) -> None:
        self._tick()

    @property
    def connection(self) -> ConnectionSettings:
        return ConnectionSettings(
            api_url="https://waldur.example.org/api/", token=self.token, retries=AT_ONCE
        )

    @property
    def waldur(self) -> Waldur:
        if self._gateway is None:
            self._gateway = Waldur(Transport(self.connection, network=transport(self.world)))
        return self._gateway

    def site(self) -> Site:
        uuid = str(self.offering.uuid)
        return Site(
            offering=Offering.model_validate(
                {
                    "name": "cluster",
                    "waldur_api_url": "https://waldur.example.org/api/",
                    "waldur_api_token": self.token,
                    "waldur_offering_uuid": uuid,
                    "backend_type": "memory",
                    **self.offering_settings,
                }
            ),
            waldur=self.waldur,
            client=PluginClient(self.connection, self.waldur),
            backend=self.backend_class(dict(self.settings), COMPONENTS),
            username_backend=self.usernames,
            reads=PassReads(self.waldur, uuid),
            expose_error_details=False,
        )

    def run(
        self, *only: str, force: bool = False, check_stop: Callable[[], None] = lambda: None
    ) -> SyncReport:
        """One pass of a process that goes on living, unless it is killed."""
        try:
            return MembershipPass(
                self.site(),
                only=only,
                force=force,
                statuses=self.statuses,
                check_stop=check_stop,
                beat=lambda: None,
            ).run()
        except Killed:
            self._gateway, self.statuses = None, StatusReports()
            raise

    def plan(self, *only: str, force: bool = False) -> dict[str, ResourcePlan]:
        planned = plan_pass(self.site(), only=only, force=force)
        return {one.resource.backend_id: one for one in planned}


def make_setting(
    *,
    policy: str = "waldur_username",
    team: Sequence[str] = ("ada", "barbara", "grace"),
    lacks: Sequence[str] = (),
    plugin_options: dict[str, object] | None = None,
    settings: dict[str, object] | None = None,
    **offering_settings: object,
) -> Setting:
    world = World(lacks=lacks)
    provider = world.add_customer("Provider")
    agent = world.add_user("agent", is_staff=True)
    world.grant(agent, provider, Role.CUSTOMER_OWNER)
    project = world.add_project(provider, "Climate", slug="climate")
    offering = world.add_offering(
        provider,
        "Cluster",
        components=tuple(COMPONENTS),
        plugin_options={
            "service_provider_can_create_offering_user": True,
            "username_generation_policy": policy,
            **(plugin_options or {}),
        },
    )
    world.add_plan(offering)
    name = f"members-{next(NUMBERS)}"
    setting = Setting(
        world=world,
        offering=offering,
        project=project,
        system=SYSTEMS.setdefault(name, MemorySystem()),
        token=agent.token,
        settings={"system": name, "allocation_prefix": "hpc_", **(settings or {})},
        offering_settings=offering_settings,
    )
    setting.join(*team)
    setting.resource("hpc_one", users=team)
    world.calls.clear()
    world.on_call(setting.on_call)
    setting.system.on_effect = setting.on_effect
    return setting


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
def setting() -> Setting:
    return make_setting()


@pytest.fixture
def make() -> Callable[..., Setting]:
    return make_setting


@pytest.fixture
def killed() -> type[Killed]:
    return Killed
