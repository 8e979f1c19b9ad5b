"""One offering at work by events, without threads: messages and time move when a test says so."""

from __future__ import annotations

import importlib
import itertools
import logging
import sys
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import structlog

from waldur_site_agent.config.models import AgentConfiguration, Offering
from waldur_site_agent.events.delivery import Delivery
from waldur_site_agent.plugins.groups import setting_of
from waldur_site_agent.plugins.loading import load_backend
from waldur_site_agent.runtime.connections import Connections
from waldur_site_agent.runtime.setting_up import Premises, set_up
from waldur_site_agent.runtime.stop import Stop
from waldur_site_agent.runtime.tasks import Assignment, Periods, tasks_on_events
from waldur_site_agent.waldur.connection import ConnectionSettings, RetryPolicy
from waldur_site_agent.waldur.errors import WaldurError
from waldur_site_agent.waldur.gateway import Waldur
from waldur_site_agent.waldur.transport import Transport
from waldur_site_agent_testkit.backends.memory import SYSTEMS, MemoryAccount, MemorySystem
from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_testkit.mastermind.state import Role as WorldRole
from waldur_site_agent_testkit.mastermind.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from waldur_site_agent.runtime.listening import Ears
    from waldur_site_agent.runtime.running_offering import RunningOffering
    from waldur_site_agent.runtime.tasks import TasksOf
    from waldur_site_agent_testkit.mastermind.calls import Call
    from waldur_site_agent_testkit.mastermind.state import Order, Project, Resource, User

AT_ONCE = RetryPolicy(attempts=2, first_wait=0, longest_wait=0, jitter=0)
NUMBERS = itertools.count()
LIMITS = {"cpu": 10}
PERIODS = Periods(orders=300.0, members=300.0, usage=1800.0, reconciliation=3600.0)
ENTRY_POINTS = """\
[waldur_site_agent.backends]
memory = waldur_site_agent_testkit.backends.memory:MemoryBackend
bulk = waldur_site_agent_testkit.backends.bulk:BulkBackend
gifted = gifted_plugin:Gifted

[waldur_site_agent.username_management_backends]
initials = gifted_plugin:Initials
"""
GIFTED = '''\
"""A plugin with keys, periodic settings and profiles; what it was told is kept on its system."""

from waldur_site_agent.backend.backends import (
    AbstractUsernameManagementBackend,
    PendingOrderDecision,
)
from waldur_site_agent_testkit.backends.memory import MemoryBackend

TOLD = {}


class Gifted(MemoryBackend):
    supports_resource_api_keys = True
    supports_periodic_settings = True

    def __init__(self, backend_settings, backend_components):
        super().__init__(backend_settings, backend_components)
        self.told = TOLD.setdefault(backend_settings["system"], [])

    def rotate_resource_key(self, client_id, resource_backend_id, known_client_ids=None):
        self.system.effect(f"rotate {client_id}", lambda: None)
        self.told.append(("rotate", client_id, known_client_ids))
        return f"secret-{len(self.told)}"

    def apply_periodic_settings(self, resource_id, settings, config=None):
        self.system.effect(f"periodic {resource_id}", lambda: None)
        self.told.append(("periodic", resource_id, settings))
        return {"success": True, "commands_executed": ["sacctmgr modify"]}

    def evaluate_pending_order(self, order, waldur_rest_client):
        if ("undecided",) in self.told:
            return PendingOrderDecision.PENDING
        return PendingOrderDecision.ACCEPT

    def update_user_attributes(self, username, attributes):
        self.system.effect(f"profile {username}", lambda: None)
        self.told.append(("profile", username, attributes))


class Initials(AbstractUsernameManagementBackend):
    deactivated = []

    def get_username(self, offering_user):
        return None

    def deactivate_users(self, usernames):
        self.deactivated += sorted(usernames)

    def generate_username(self, offering_user):
        return f"x-{offering_user.user_username}"
'''


class Killed(BaseException):
    """The process is gone. Nothing in the agent may catch this."""


@dataclass
class Post:
    """The broker's queue: what waits, and what is with the agent."""

    waiting: deque[tuple[int, bytes]] = field(default_factory=deque)
    out: dict[int, bytes] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)
    is_up: bool = True

    def provision(self, **_: str) -> None: ...

    def publish(self, vhost: str, queue: str, body: bytes) -> None:
        del vhost, queue
        if self.is_up:
            self.waiting.append((next(self.numbers), body))

    def fetch(self) -> tuple[int, bytes]:
        number, body = self.waiting.popleft()
        self.out[number] = body
        return number, body

    def ack(self, number: int) -> None:
        self.out.pop(number, None)

    def take_back(self) -> None:
        """What a lost connection had in hand comes again."""
        self.waiting.extendleft(reversed(self.out.items()))
        self.out = {}

    @property
    def is_empty(self) -> bool:
        return not self.waiting and not self.out


class Ear:
    """A connection that hands over when it is told to."""

    def __init__(self, post: Post, ears: Ears) -> None:
        self.post, self.ears = post, ears

    def start(self) -> None:
        types = self.ears.subject.object_types
        self.ears.waldur.events.register_queue(self.ears.identity(), types)

    def pause(self) -> None: ...

    def stop(self, *, seconds: float) -> bool:
        return bool(seconds) or True

    def health(self) -> tuple[()]:
        return ()

    def hand_over(self, count: int | None = None) -> None:
        """Give the agent what waits, or some of it."""
        for _ in range(len(self.post.waiting) if count is None else count):
            if self.post.waiting:
                self.hand_over_one()

    def hand_over_one(self) -> None:
        number, body = self.post.fetch()
        hints = self.ears.subject.read(body, "")
        if isinstance(hints, tuple) and hints:
            self.ears.deliver(Delivery(hints, lambda: self.post.ack(number)))
        else:
            self.post.ack(number)


@dataclass
class Setting:
    """A provider, a project, an offering on events, a cluster in memory, and the agent."""

    world: World
    offering: object
    project: Project
    system: MemorySystem
    system_name: str
    token: str
    told: list[tuple[object, ...]]
    settings: dict[str, object] = field(default_factory=dict)
    backend_settings: dict[str, object] = field(default_factory=dict)
    post: Post = field(default_factory=Post)
    people: dict[str, User] = field(default_factory=dict)
    now: float = 0.0
    effects_to_live: int | None = None
    ear: Ear | None = None
    stopping: Stop = field(default_factory=Stop)
    killed: type[BaseException] = Killed
    tasks_of: TasksOf = field(default=tasks_on_events)
    _agent: RunningOffering | None = None

    # The world

    def person(self, name: str) -> User:
        if name not in self.people:
            self.people[name] = self.world.add_user(name)
        return self.people[name]

    def join(self, name: str, project: Project | None = None, *, named: bool = True) -> None:
        project = project or self.project
        self.world.grant(self.person(name), project)
        if named:
            self.world.set_username(self.person(name), self.offering, name)

    def leave(self, name: str, project: Project | None = None) -> None:
        self.world.revoke(self.person(name), project or self.project)

    def order(self, name: str = "Climate", project: Project | None = None) -> Order:
        return self.world.order_create(
            project or self.project, self.offering, name, limits=dict(LIMITS)
        )

    def resource(
        self, backend_id: str, project: Project | None = None, users: tuple[str, ...] = ()
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
            limits={"cpu": 600},
            users=set(users),
        )
        return made

    def on(self, backend_id: str) -> set[str]:
        return set(self.system.accounts[backend_id].users)

    def asked(self, what: str = "") -> list[str]:
        return [f"{c.method} {c.path}" for c in self.world.calls if what in f"{c.method} {c.path}"]

    # The agent

    @property
    def waldur(self) -> Waldur:
        settings = ConnectionSettings(
            api_url="https://waldur.example.org/api/", token=self.token, retries=AT_ONCE
        )
        return Waldur(Transport(settings, network=transport(self.world)))

    @property
    def agent(self) -> RunningOffering:
        """The process, which is started when there is none."""
        if self._agent is None:
            self._agent = self._made()
            self._agent.tick(self.now)
            self._listen_well()
        return self._agent

    def _listen_well(self) -> None:
        """Connect, as often as it takes: the real connection has a thread for that."""
        is_connected = self.ear is None
        while not is_connected:
            with suppress(WaldurError):
                self.ear.start()
                is_connected = True

    def _made(self) -> RunningOffering:
        offering = Offering.model_validate(
            {
                "name": "cluster",
                "waldur_api_url": "https://waldur.example.org/api/",
                "waldur_api_token": self.token,
                "waldur_offering_uuid": self.offering.uuid,
                "backend_type": "memory",
                "stomp_enabled": True,
                "order_processing_backend": "gifted",
                "membership_sync_backend": "gifted",
                "resource_import_enabled": True,
                "backend_settings": {
                    "system": self.system_name,
                    "allocation_prefix": "hpc_",
                    "project_prefix": "p_",
                    "periodic_limits": {"enabled": True},
                    **self.backend_settings,
                },
                "backend_components": {
                    "cpu": {
                        "measured_unit": "h",
                        "accounting_type": "limit",
                        "label": "CPU",
                        "unit_factor": 60,
                    }
                },
                "removal_limits": {"resource_share": 1, "offering_share": 1},
                **self.settings,
            }
        )
        tasks = self.tasks_of(offering, PERIODS)
        roles = [task.role for task in tasks]
        plugins = {role: load_backend(getattr(offering, setting_of(role))) for role in roles}
        premises = Premises(
            configuration=AgentConfiguration.model_validate({"offerings": [offering]}),
            mode="event_process",
            version="2.0.0",
            stop=self.stopping,
            connections=Connections(lambda _settings: self.waldur),
            listen=self._listen,
            clock=lambda: self.now,
        )
        return set_up(Assignment(offering=offering, tasks=tasks, plugins=plugins), premises)

    def _listen(self, ears: Ears) -> Ear:
        self.ear = Ear(self.post, ears)
        return self.ear

    def run(self, *, after: float = 0.0, messages: int | None = None) -> None:
        """Let time pass, hand messages over, and have all worked off that is due."""
        agent = self.agent
        self.now += after
        try:
            self.ear.hand_over(messages)
            agent.work_off()
            while messages is None and self.post.waiting:
                self.ear.hand_over()
                agent.work_off()
        except Killed:
            self.die()
            raise

    def settle(self) -> None:
        """Let all delays pass."""
        for _ in range(4):
            self.run(after=301.0)

    def reconcile(self) -> None:
        self.agent.add_regular()
        self.run()

    def die(self) -> None:
        """The process is gone; the broker takes back what it had."""
        self._agent = None
        self.post.take_back()

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


@pytest.fixture(scope="session", autouse=True)
def installed_plugins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """A distribution whose entry points name the backends in memory."""
    folder = tmp_path_factory.mktemp("plugins")
    (folder / "gifted_plugin.py").write_text(GIFTED)
    metadata = folder / "gifted_plugin-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: gifted-plugin\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    yield importlib.import_module("gifted_plugin")
    sys.path.remove(str(folder))


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
def make(installed_plugins: object) -> Callable[..., Setting]:
    def made(*, refuses: tuple[str, ...] = (), lacks: tuple[str, ...] = ()) -> Setting:
        world = World(refuses=refuses, lacks=lacks)
        customer = world.add_customer("Provider")
        project = world.add_project(customer, "Climate", slug="climate")
        offering = world.add_offering(customer, "Cluster", components=["cpu"])
        agent = world.add_user("agent")
        world.grant(agent, customer, WorldRole.CUSTOMER_OWNER)
        name = f"looks-{next(NUMBERS)}"
        setting = Setting(
            world=world,
            offering=offering,
            project=project,
            system=SYSTEMS.setdefault(name, MemorySystem()),
            system_name=name,
            token=agent.token,
            told=installed_plugins.TOLD.setdefault(name, []),
        )
        world.publish_through(setting.post)
        world.on_call(setting.on_call)
        setting.system.on_effect = setting.on_effect
        return setting

    return made


@pytest.fixture
def setting(make: Callable[..., Setting]) -> Setting:
    """All is quiet: the agent has started and looked at everything."""
    made = make()
    made.join("ada")
    made.run()
    made.world.calls.clear()
    return made
