"""Usage between a backend in memory and the testkit's Mastermind, killed at will."""

from __future__ import annotations

import itertools
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import structlog

from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE
from waldur_site_agent.config.models import Offering
from waldur_site_agent.sites.reads import PassReads
from waldur_site_agent.sites.site import Site
from waldur_site_agent.usage.dry_run import plan_pass
from waldur_site_agent.usage.periods import Month
from waldur_site_agent.usage.usage_pass import UsagePass
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
from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec
from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_testkit.mastermind.state import Role
from waldur_site_agent_testkit.mastermind.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from waldur_site_agent.usage.dry_run import PlannedUsage
    from waldur_site_agent.usage.plan import Rules
    from waldur_site_agent.usage.report import UsageReport
    from waldur_site_agent_testkit.mastermind.calls import Call
    from waldur_site_agent_testkit.mastermind.state import Offering as WorldOffering
    from waldur_site_agent_testkit.mastermind.state import Project, Resource

COMPONENTS = {
    "cpu": {"measured_unit": "h", "accounting_type": "usage", "label": "CPU", "unit_factor": 60},
    "mem": {"measured_unit": "h", "accounting_type": "limit", "label": "RAM", "unit_factor": 2},
}
IN_WALDUR = {
    "cpu": ComponentSpec(billing_type="usage"),
    "mem": ComponentSpec(billing_type="limit"),
    "storage": ComponentSpec(billing_type="usage"),
    "setup": ComponentSpec(billing_type="one"),
}
AT_ONCE = RetryPolicy(attempts=2, first_wait=0, longest_wait=0, jitter=0)
NUMBERS = itertools.count()
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
NOVEMBER = Month(2026, 11)
OCTOBER = Month(2026, 10)


class Killed(BaseException):
    """The process is gone. Nothing in the agent may catch this."""


@dataclass
class Setting:
    """A provider, an offering with resources, a cluster in memory; the time is NOW."""

    world: World
    offering: WorldOffering
    project: Project
    system: MemorySystem
    token: str
    settings: dict[str, object]
    offering_settings: dict[str, object]
    timezone: str = "UTC"
    backend_class: type[MemoryBackend] = BulkBackend
    writes_to_live: int | None = None
    beats: int = 0
    _gateway: Waldur | None = field(default=None, repr=False)

    # The world

    def resource(self, backend_id: str) -> Resource:
        made = self.world.add_resource(
            self.project, self.offering, backend_id, backend_id=backend_id, limits={"mem": 5}
        )
        self.system.accounts[backend_id] = MemoryAccount(
            name=backend_id, organization="p", owner=backend_id
        )
        return made

    def known(self, backend_id: str) -> Resource:
        every = self.world.state.resources.values()
        return next(one for one in every if one.backend_id == backend_id)

    def use(self, backend_id: str, month: Month = NOVEMBER, /, **users: dict[str, float]) -> None:
        """Have users have used so much of a resource's components; all that they used so far."""
        total: dict[str, float] = {}
        for amounts in users.values():
            for component, amount in amounts.items():
                total[component] = total.get(component, 0) + amount
        reported = {TOTAL_ACCOUNT_USAGE: total, **users}
        self.system.usage.setdefault(tuple(month), {})[backend_id] = reported

    def totals(self, backend_id: str, month: Month = NOVEMBER) -> dict[str, str]:
        found = self.world.usages(self.known(backend_id), month.first_day)
        return {component: str(amount) for component, amount in found.items()}

    def users(self, backend_id: str, month: Month = NOVEMBER) -> dict[tuple[str, str], str]:
        found = self.world.user_usages(self.known(backend_id), month.first_day)
        return {key: str(amount) for key, amount in found.items()}

    def writes(self) -> list[str]:
        return [call.path for call in self.world.calls if call.method != "GET"]

    def asked(self, what: str) -> int:
        return sum(what in call.path for call in self.world.calls)

    # The agent

    def on_call(self, call: Call, _phase: str) -> None:
        if call.method != "GET" and self.writes_to_live is not None:
            self.writes_to_live -= 1
            if self.writes_to_live < 0:
                self.writes_to_live = None
                raise Killed

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
        backend = self.backend_class(dict(self.settings), COMPONENTS)
        backend.timezone = self.timezone
        return Site(
            offering=Offering.model_validate(
                {
                    "name": "cluster",
                    "waldur_api_url": "https://waldur.example.org/api/",
                    "waldur_api_token": self.token,
                    "waldur_offering_uuid": uuid,
                    "backend_type": "memory",
                    "backend_components": COMPONENTS,
                    **self.offering_settings,
                }
            ),
            waldur=self.waldur,
            client=PluginClient(self.connection, self.waldur),
            backend=backend,
            username_backend=None,
            reads=PassReads(self.waldur, uuid),
            expose_error_details=False,
        )

    def _beat(self) -> None:
        self.beats += 1

    def run(
        self,
        *only: str,
        months: Sequence[Month] = (NOVEMBER,),
        rules: Rules | None = None,
        check_stop: Callable[[], None] = lambda: None,
    ) -> UsageReport:
        return UsagePass(
            self.site(),
            months=months,
            only=only,
            rules=rules,
            check_stop=check_stop,
            beat=self._beat,
            clock=lambda: NOW,
        ).run()

    def plan(self, *only: str, months: Sequence[Month] = (NOVEMBER,)) -> list[PlannedUsage]:
        return list(plan_pass(self.site(), months=months, only=only))


def make_setting(
    *,
    resources: Sequence[str] = ("hpc_one",),
    people: Sequence[str] = ("ada", "grace"),
    lacks: Sequence[str] = (),
    is_staff: bool = False,
    **offering_settings: object,
) -> Setting:
    world = World(lacks=lacks)
    world.clock.set(NOW)
    provider = world.add_customer("Provider")
    agent = world.add_user("agent", is_staff=is_staff)
    world.grant(agent, provider, Role.CUSTOMER_OWNER)
    project = world.add_project(provider, "Climate", slug="climate")
    offering = world.add_offering(provider, "Cluster", components=IN_WALDUR)
    world.add_plan(offering)
    name = f"usage-{next(NUMBERS)}"
    setting = Setting(
        world=world,
        offering=offering,
        project=project,
        system=SYSTEMS.setdefault(name, MemorySystem()),
        token=agent.token,
        settings={"system": name},
        offering_settings=offering_settings,
    )
    for backend_id in resources:
        setting.resource(backend_id)
    for person in people:
        world.set_username(world.add_user(f"cuid-{person}"), offering, person)
    world.calls.clear()
    world.on_call(setting.on_call)
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


@pytest.fixture
def november() -> Month:
    return NOVEMBER


@pytest.fixture
def october() -> Month:
    return OCTOBER
