"""Killed anywhere, it converges: every credit once, no account and no fund left over.

Random orders, teams, charges, outages, lost answers and kills before and after any write to either
side, through the agent's own passes; then calm, and Waldur and MAM must agree to the credit.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from waldur_site_agent.backend.backends import UnknownUsernameManagementBackend
from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.config.models import Offering
from waldur_site_agent.membership.statuses import StatusReports
from waldur_site_agent.membership.sync_pass import MembershipPass
from waldur_site_agent.orders.late_members import completed_since
from waldur_site_agent.orders.order_pass import list_orders, process_orders
from waldur_site_agent.sites.reads import PassReads
from waldur_site_agent.sites.site import Site
from waldur_site_agent.waldur.connection import ConnectionSettings, RetryPolicy
from waldur_site_agent.waldur.errors import WaldurError
from waldur_site_agent.waldur.gateway import Waldur
from waldur_site_agent.waldur.plugin_client import PluginClient
from waldur_site_agent.waldur.transport import Transport
from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_testkit.mastermind.state import Role
from waldur_site_agent_testkit.mastermind.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TEAM = ("ada", "barbara", "grace")
LIMITS = st.integers(1, 500).map(lambda amount: {"deposit": amount})
URL = "https://waldur.example.org/api/"
PASSES_TO_CALM = 3


class Killed(BaseException):
    """The process is gone. Nothing in the agent may catch this."""


@dataclass
class Setting:
    """A Waldur and a MAM, and an agent between them that dies and comes back."""

    mam: Any
    on_mam: Any
    soft_delete: bool = False
    world: World = field(default_factory=World)
    to_live: int | None = None
    to_silence: int | None = None
    gateway: Waldur | None = None
    late: frozenset[Any] | None = None

    def __post_init__(self) -> None:
        provider = self.world.add_customer("Provider")
        self.agent = self.world.add_user("agent", is_staff=True)
        self.world.grant(self.agent, provider, Role.CUSTOMER_OWNER)
        self.project = self.world.add_project(provider, "Climate", slug="climate")
        self.people = {name: self.world.add_user(name) for name in TEAM}
        for user in self.people.values():
            self.world.grant(user, self.project)
        options = {
            "service_provider_can_create_offering_user": True,
            "username_generation_policy": "waldur_username",
            "account_name_generation_policy": "project_slug",
        }
        self.offering = self.world.add_offering(
            provider, "Cluster", components=("deposit",), plugin_options=options
        )
        self.world.add_plan(self.offering)
        self.world.on_call(self._on_call)
        self.mam.before = self._before
        self.mam.after = self._after

    # Trouble

    def _tick(self) -> None:
        if self.to_live is not None:
            self.to_live -= 1
            if self.to_live < 0:
                self.to_live = None
                raise Killed

    def _on_call(self, call: Any, _phase: str) -> None:
        if call.method != "GET":
            self._tick()

    def _before(self, program: str) -> None:
        if "-list-" not in program:
            self._tick()

    def _after(self, program: str) -> None:
        if "-list-" in program:
            return
        self._tick()
        if self.to_silence is not None:
            self.to_silence -= 1
            if self.to_silence < 0:
                self.to_silence = None
                raise BackendUnavailableError("the answer was lost")

    def calm(self) -> None:
        self.mam.is_up, self.to_live, self.to_silence = True, None, None

    # The agent

    def site(self) -> Site:
        uuid = str(self.offering.uuid)
        connection = ConnectionSettings(
            api_url=URL,
            token=self.agent.token,
            retries=RetryPolicy(attempts=2, first_wait=0, longest_wait=0, jitter=0),
        )
        if self.gateway is None:
            self.gateway = Waldur(Transport(connection, network=transport(self.world)))
        return Site(
            offering=Offering.model_validate(
                {
                    "name": "cluster",
                    "waldur_api_url": URL,
                    "waldur_api_token": self.agent.token,
                    "waldur_offering_uuid": uuid,
                    "backend_type": "moab",
                    "removal_limits": {"resource_share": 1, "offering_share": 1},
                }
            ),
            waldur=self.gateway,
            client=PluginClient(connection, self.gateway),
            backend=self._backend(),
            username_backend=UnknownUsernameManagementBackend(),
            reads=PassReads(self.gateway, uuid),
            expose_error_details=True,
        )

    def _backend(self) -> Any:
        # A terminated resource's name is not given again, so that it can be restored.
        own = {"allocation_prefix": "a_", "project_prefix": "p_"}
        kept = {"soft_delete": self.soft_delete, "check_backend_id_uniqueness": True}
        return self.on_mam(self.mam, {**own, **kept}, {"deposit": {"accounting_type": "limit"}})

    def a_pass(self) -> None:
        """Orders, then members; a failure to begin leaves both to the next pass."""
        try:
            with suppress(WaldurError, BackendError):
                self._orders()
                self._members()
        except Killed:
            self.gateway, self.late = None, None

    def _orders(self) -> None:
        site = self.site()
        uuid = site.offering.waldur_offering_uuid
        orders = list_orders(site.waldur, uuid)
        if self.late is None:
            since = datetime.now(UTC) - timedelta(days=1)
            self.late = frozenset(completed_since(site.waldur, uuid, since))
        report = process_orders(
            site, orders, late=self.late, check_stop=lambda: None, beat=lambda: None
        )
        self.late = report.late

    def _members(self) -> None:
        MembershipPass(
            self.site(), statuses=StatusReports(), check_stop=lambda: None, beat=lambda: None
        ).run()

    # What must hold

    def resources(self, *states: str) -> list[Any]:
        orders = self.world.state.orders.values()
        busy = {o.resource.uuid for o in orders if o.state in ("pending-provider", "executing")}
        found = self.world.state.resources.values()
        return [one for one in found if one.state in states and one.uuid not in busy]

    def assert_agreement(self) -> None:
        orders = self.world.state.orders.values()
        assert {o.state for o in orders} <= {"done", "erred"}
        refused = [o.error_message for o in orders if o.state == "erred"]
        assert all("spent already" in message for message in refused), refused
        alive = self.resources("OK", "Erred")
        for resource in alive:
            assert self.mam.given(resource.backend_id) == Decimal(resource.limits["deposit"])
            assert len(self.mam.funds_of(resource.backend_id)) == 1
            assert self.mam.users(resource.backend_id) == self.team()
        ids = {one.backend_id for one in alive}
        assert len(ids) == len(alive)
        self._assert_nothing_is_left_over(ids)
        assert self.world.violations == []

    def team(self) -> list[str]:
        on_team = {
            g.user.username for g in self.world.state.grants.values() if g.scope is self.project
        }
        return sorted(on_team)

    def _assert_nothing_is_left_over(self, ids: set[str]) -> None:
        over = set(self.mam.state["accounts"]) - ids - {"p_climate"}
        funds = [fund["constraints"] for fund in self.mam.state["funds"].values()]
        if not self.soft_delete:
            assert over == set()
            assert ("p_climate" in self.mam.state["accounts"]) == bool(ids)
            assert sorted(funds) == sorted([f"Account={name}"] for name in ids)
        for name in over:
            assert self.mam.users(name) == []
            assert all(Decimal(fund["balance"]) == 0 for fund in self.mam.funds_of(name))


def convergence(make: Callable[[], Setting]) -> type[RuleBasedStateMachine]:  # noqa: C901 - a machine's rules, one function each
    class Convergence(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.setting = make()
            self.world = self.setting.world

        def one_of(self, choice: int, *states: str) -> Any:
            found = self.setting.resources(*states)
            return found[choice % len(found)]

        @initialize()
        def one_lives(self) -> None:
            self.order_create({"deposit": 100})
            self.a_pass()

        @rule(limits=LIMITS)
        def order_create(self, limits: dict[str, int]) -> None:
            self.world.order_create(self.setting.project, self.setting.offering, "A", limits=limits)

        @precondition(lambda self: self.setting.resources("OK"))
        @rule(limits=LIMITS, choice=st.integers(0))
        def order_update(self, limits: dict[str, int], choice: int) -> None:
            self.world.order_update(self.one_of(choice, "OK"), limits)

        @precondition(lambda self: self.setting.resources("OK"))
        @rule(choice=st.integers(0))
        def order_terminate(self, choice: int) -> None:
            self.world.order_terminate(self.one_of(choice, "OK"))

        @precondition(lambda self: self.setting.resources("Terminated"))
        @rule(choice=st.integers(0))
        def order_restore(self, choice: int) -> None:
            self.world.order_restore(self.one_of(choice, "Terminated"))

        @precondition(lambda self: self.setting.resources("OK"))
        @rule(choice=st.integers(0), share=st.integers(1, 10))
        def somebody_computes(self, choice: int, share: int) -> None:
            name = self.one_of(choice, "OK").backend_id
            left = sum(Decimal(fund["balance"]) for fund in self.setting.mam.funds_of(name))
            if left > 0:
                self.setting.mam.charge(name, "ada", str(left * share / 10))

        @rule(name=st.sampled_from(TEAM), comes=st.booleans())
        def somebody_comes_or_goes(self, name: str, comes: bool) -> None:
            person, project = self.setting.people[name], self.setting.project
            is_there = name in self.setting.team()
            if comes and not is_there:
                self.world.grant(person, project)
            if not comes and is_there and len(self.setting.team()) > 1:
                self.world.revoke(person, project)

        @rule(up=st.booleans())
        def mam_goes_or_comes(self, up: bool) -> None:
            self.setting.mam.is_up = up

        @rule(writes=st.integers(0, 8))
        def an_answer_is_lost(self, writes: int) -> None:
            self.setting.to_silence = writes

        @rule(writes=st.integers(0, 25))
        def killed_in_a_pass(self, writes: int) -> None:
            self.setting.to_live = writes
            self.a_pass()
            self.setting.to_live = None

        @rule()
        def a_pass(self) -> None:
            self.setting.a_pass()

        @rule()
        def calm(self) -> None:
            self.setting.calm()
            for _ in range(PASSES_TO_CALM):
                self.setting.a_pass()
            self.setting.assert_agreement()

        def teardown(self) -> None:
            self.calm()

    return Convergence


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    wrapper = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=wrapper)
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
    structlog.reset_defaults()


@pytest.mark.parametrize(("soft_delete", "histories"), [(False, 40), (True, 20)])
def test_any_history_converges(
    make_mam: Any, on_mam: Any, soft_delete: bool, histories: int
) -> None:
    case = convergence(lambda: Setting(make_mam(), on_mam, soft_delete)).TestCase
    case.settings = settings(
        max_examples=histories,
        stateful_step_count=25,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    case("runTest").runTest()


@pytest.mark.parametrize("soft_delete", [False, True])
def test_killed_at_every_single_point_of_a_life(
    make_mam: Any, on_mam: Any, soft_delete: bool
) -> None:
    """Create, raise, lower, terminate and restore, with one kill at each chance there is."""
    point, lived = 0, False
    while not lived:
        setting = Setting(make_mam(), on_mam, soft_delete)
        setting.to_live = point
        _live(setting)
        lived = setting.to_live is not None
        point += 1
    assert point > 40


def _live(setting: Setting) -> None:
    world = setting.world
    order = world.order_create(setting.project, setting.offering, "A", limits={"deposit": 100})
    for change in (
        lambda: world.order_update(order.resource, {"deposit": 250}),
        lambda: world.order_update(order.resource, {"deposit": 40}),
        lambda: world.order_terminate(order.resource),
        lambda: world.order_restore(order.resource),
        lambda: order,
    ):
        for _ in range(PASSES_TO_CALM):
            setting.a_pass()
        setting.assert_agreement()
        change()
