"""The agent between the testkit's Mastermind and a MUP in memory, killed at will."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from mup_stand_in.agent import COMPONENTS, backend_on
from mup_stand_in.portal import MupStandIn

from waldur_site_agent.backend.backends import UnknownUsernameManagementBackend
from waldur_site_agent.membership.narrow_pass import NarrowPass
from waldur_site_agent.membership.statuses import StatusReports
from waldur_site_agent_testkit.conformance.agent import Agent
from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec
from waldur_site_agent_testkit.mastermind.state import Role
from waldur_site_agent_testkit.mastermind.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from waldur_site_agent_mup.backend import MupBackend
    from waldur_site_agent_testkit.mastermind.calls import Call
    from waldur_site_agent_testkit.mastermind.state import Offering, Order, Project, Resource, User

GRANT = "GRANT-1"


class Killed(BaseException):
    """The process is gone. Nothing in the agent may catch this."""


@dataclass
class Setting:
    """A provider, a project with a manager and a team, an offering, and a portal."""

    world: World
    offering: Offering
    project: Project
    token: str
    mup: MupStandIn
    settings: dict[str, Any]
    people: dict[str, User] = field(default_factory=dict)
    effects_to_live: int | None = None
    killed: type[BaseException] = Killed
    _agent: Agent | None = field(default=None, repr=False)

    # People

    def person(self, name: str) -> User:
        if name not in self.people:
            self.people[name] = self.world.add_user(name, last_name="Silva")
        return self.people[name]

    def join(self, *names: str, project: Project | None = None, role: Role | None = None) -> None:
        for name in names:
            user = self.person(name)
            self.world.grant(user, project or self.project, role or Role.PROJECT_MEMBER)

    def leave(self, *names: str) -> None:
        for name in names:
            self.world.revoke(self.person(name), self.project)

    def name(self, *names: str) -> None:
        """Give people their accounts at the site before Waldur does."""
        for name in names:
            self.world.set_username(self.person(name), self.offering, name)

    # Orders

    def order(self, name: str = "a", *, project: Project | None = None, **limits: float) -> Order:
        return self.world.order_create(
            project or self.project, self.offering, name, limits=limits or {"cpu": 10, "gpu": 3}
        )

    def create(self, name: str = "a", **more: Any) -> Resource:
        order = self.order(name, **more)
        self.run()
        assert order.state == "done", order.error_message
        return order.resource

    # The agent

    @property
    def agent(self) -> Agent:
        if self._agent is None:
            self._agent = Agent(
                self.world,
                token=self.token,
                offering={
                    "name": "mup",
                    "waldur_offering_uuid": str(self.offering.uuid),
                    "backend_type": "mup",
                    "backend_components": COMPONENTS,
                    "removal_limits": {"resource_share": 1, "offering_share": 1},
                },
                make_backend=self.backend,
                make_usernames=lambda _offering: UnknownUsernameManagementBackend(),
            )
        return self._agent

    def backend(self) -> MupBackend:
        return backend_on(self.mup, **self.settings)

    def run(self) -> Any:
        """A pass over the orders."""
        return self._living(self.agent.orders)

    def sync(self, *, force: bool = False) -> Any:
        """A pass over the members."""
        return self._living(lambda: self.agent.members(force=force))

    def look(self, name: str) -> Any:
        """A look at the members of one resource, as after a message about it."""
        resource = next(r for r in self.world.state.resources.values() if r.name == name)
        with self.agent.site() as site:
            looking = NarrowPass(
                site, statuses=StatusReports(), check_stop=lambda: None, beat=lambda: None
            )
            return looking.over([site.waldur.resources.get(resource.uuid)])

    def report(self) -> Any:
        return self.agent.usage()

    def _living(self, run: Callable[[], Any]) -> Any:
        try:
            return run()
        except Killed:
            self._agent = None
            raise

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

    def on_asked(self, asked: Any, _phase: str) -> None:
        if asked.method != "GET":
            self._tick()

    # Looking

    def erred(self) -> list[str]:
        return [o.error_message for o in self.world.state.orders.values() if o.state == "erred"]

    def waldur_writes(self) -> list[str]:
        return [call.path for call in self.world.calls if call.method != "GET"]

    def forget(self) -> None:
        """Count from here on."""
        self.world.calls.clear()
        self.mup.asked.clear()


def make_setting(
    mup: MupStandIn | None = None,
    *,
    project: str = f"Programme / {GRANT} / Title",
    policy: str = "waldur_username",
    exposed: tuple[str, ...] = ("username", "full_name", "email"),
    code: str = "",
    **settings: Any,
) -> Setting:
    world = World()
    provider = world.add_customer("Provider", slug="provider")
    agent = world.add_user("agent", is_staff=True)
    world.grant(agent, provider, Role.CUSTOMER_OWNER)
    offering = world.add_offering(
        provider,
        "MUP",
        components={"cpu": ComponentSpec(unit_factor=60), "gpu": ComponentSpec()},
        plugin_options={
            "service_provider_can_create_offering_user": True,
            "username_generation_policy": policy,
        },
        exposed_fields=exposed,
    )
    world.add_plan(offering)
    setting = Setting(
        world=world,
        offering=offering,
        project=world.add_project(provider, project, slug="project"),
        token=agent.token,
        mup=mup or MupStandIn(),
        settings=settings,
    )
    setting.project.oecd_fos_2007_code = code
    setting.join("pia", role=Role.PROJECT_MANAGER)
    setting.name("pia")
    world.on_call(setting.on_call)
    setting.mup.observers.append(setting.on_asked)
    return setting


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
def make() -> Iterator[Callable[..., Setting]]:
    """Make settings; at the end, neither side may have seen what a client must not do."""
    made: list[Setting] = []

    def make(*args: Any, **kwargs: Any) -> Setting:
        made.append(make_setting(*args, **kwargs))
        return made[-1]

    yield make
    for setting in made:
        assert setting.mup.violations == []
        assert setting.world.violations == []


@pytest.fixture
def setting(make: Callable[..., Setting]) -> Setting:
    return make()


@pytest.fixture
def mup(setting: Setting) -> MupStandIn:
    return setting.mup
