"""Whatever fails and whenever the agent is killed, Waldur ends with exactly what was measured."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE
from waldur_site_agent.waldur.errors import WaldurError
from waldur_site_agent_testkit.backends.bulk import BulkBackend
from waldur_site_agent_testkit.backends.memory import MemoryBackend
from waldur_site_agent_testkit.mastermind.faults import (
    BrokenJson,
    DropConnection,
    Status,
    TruncatedPage,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.usage.periods import Month

RESOURCES = ("hpc_one", "hpc_two", "hpc_three")
NAMES = st.sampled_from(["ada", "grace", "stranger"])
PARTS = st.sampled_from(["cpu", "mem"])
WHICH = st.sampled_from(RESOURCES)
FAULTS = st.sampled_from(
    [
        Status(502),
        Status(403),
        Status(404),
        Status(503, before=False),
        DropConnection(before=True),
        DropConnection(before=False),
        BrokenJson(),
    ]
)
CALLS = st.sampled_from(
    [
        "POST marketplace-component-usages/set_usage/",
        "set_user_usages",
        "GET marketplace-component-usages/",
        "GET marketplace-component-user-usages/",
        "GET marketplace-offering-users/",
        "GET marketplace-provider-resources/",
    ]
)
LISTINGS = st.sampled_from(
    ["GET marketplace-component-usages/", "GET marketplace-component-user-usages/"]
)
PASSES_TO_CALM = 2


def convergence(  # noqa: C901 - a machine's rules, one function each
    make: Callable[..., object],
    killed: type[BaseException],
    months: tuple[Month, ...],
    backend: type,
    few: int,
) -> type:
    class Convergence(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            # Beside those that are used there are idle ones, so that listings are worth it.
            self.idle = [f"hpc_idle_{number}" for number in range(few)]
            self.setting = make(resources=(*RESOURCES, *self.idle))
            self.setting.backend_class = backend
            self.cents: dict[tuple[object, str, str, str], int] = {}

        @initialize(cents=st.integers(1, 500))
        def begin(self, cents: int) -> None:
            for month in months:
                for backend_id in RESOURCES:
                    self.use(month, backend_id, "ada", "cpu", cents)
                for backend_id in self.idle:
                    self.setting.use(backend_id, month, ada={"cpu": 0, "mem": 0})

        @rule(
            month=st.sampled_from(months),
            backend_id=WHICH,
            name=NAMES,
            component=PARTS,
            cents=st.integers(1, 500),
        )
        def use(self, month: Month, backend_id: str, name: str, component: str, cents: int) -> None:
            key = (month, backend_id, name, component)
            self.cents[key] = self.cents.get(key, 0) + cents
            users: dict[str, dict[str, float]] = {}
            for (when, where, who, what), amount in self.cents.items():
                if (when, where) == (month, backend_id):
                    users.setdefault(who, {})[what] = amount / 100
            self.setting.use(backend_id, month, **users)

        @rule(backend_id=WHICH)
        def cannot_be_measured(self, backend_id: str) -> None:
            self.setting.system.unmeasured[backend_id] = "locked"

        @rule()
        def can_be_measured(self) -> None:
            self.setting.system.unmeasured.clear()

        @rule(call=CALLS, fault=FAULTS, times=st.integers(1, 4))
        def trouble(self, call: str, fault: object, times: int) -> None:
            self.setting.world.faults.add(match=call, action=fault, times=times)

        @rule(call=LISTINGS)
        def trouble_with_a_listing(self, call: str) -> None:
            self.setting.world.faults.add(match=call, action=TruncatedPage())

        @rule(up=st.booleans())
        def outage(self, up: bool) -> None:
            self.setting.system.is_up = up

        @rule()
        def run_a_pass(self) -> None:
            with suppress(WaldurError, BackendError):
                self.setting.run(months=months)

        @rule(writes=st.integers(0, 12))
        def run_a_pass_that_is_killed(self, writes: int) -> None:
            self.setting.writes_to_live = writes
            with suppress(WaldurError, BackendError, killed):
                self.setting.run(months=months)
            self.setting.writes_to_live = None

        @invariant()
        def nothing_is_ever_invented(self) -> None:
            for month in months:
                for backend_id in RESOURCES:
                    for component, amount in self.setting.totals(backend_id, month).items():
                        assert Decimal(amount) <= self.expected(month, backend_id)[component]

        def expected(self, month: Month, backend_id: str) -> dict[str, Decimal]:
            expected = {"cpu": Decimal(0), "mem": Decimal(0)}
            for (when, where, _who, component), amount in self.cents.items():
                if (when, where) == (month, backend_id):
                    expected[component] += Decimal(amount).scaleb(-2)
            return expected

        def expected_of_users(self, month: Month, backend_id: str) -> dict[tuple[str, str], str]:
            return {
                (who, component): str(Decimal(amount).scaleb(-2))
                for (when, where, who, component), amount in self.cents.items()
                if (when, where) == (month, backend_id)
            }

        def teardown(self) -> None:
            self.setting.world.faults.clear()
            self.setting.system.unmeasured.clear()
            self.setting.system.is_up = True
            for _ in range(PASSES_TO_CALM):
                assert not self.setting.run(months=months).failed
            for month in months:
                for backend_id in RESOURCES:
                    found = {
                        component: Decimal(amount)
                        for component, amount in self.setting.totals(backend_id, month).items()
                    }
                    wanted = self.expected(month, backend_id)
                    reported = self.setting.system.usage[tuple(month)][backend_id]
                    assert found == {c: wanted[c] for c in reported[TOTAL_ACCOUNT_USAGE]}
                    of_users = self.expected_of_users(month, backend_id)
                    assert self.setting.users(backend_id, month) == of_users
            self.setting.world.calls.clear()
            self.setting.run(months=months)
            assert self.setting.writes() == []
            wrong = [v for v in self.setting.world.violations if v.kind != "unrouted path"]
            assert wrong == []

    return Convergence


@pytest.fixture(params=[BulkBackend, MemoryBackend])
def backend(request: pytest.FixtureRequest) -> type:
    return request.param


@pytest.fixture
def months(backend: type, october: Month, november: Month) -> tuple[Month, ...]:
    """The backend in memory knows the present by the real clock: to it, both months are past."""
    return (october.before(12), october) if backend is MemoryBackend else (october, november)


@pytest.mark.parametrize("few", [0, 6])
def test_it_converges(
    make: Callable[..., object],
    killed: type[BaseException],
    months: tuple[Month, ...],
    backend: type,
    few: int,
) -> None:
    machine = convergence(make, killed, months, backend, few).TestCase
    machine.settings = settings(
        max_examples=30,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    machine("runTest").runTest()


def test_killed_between_any_two_writes(
    make: Callable[..., object],
    killed: type[BaseException],
    months: tuple[Month, ...],
    backend: type,
) -> None:
    writes = 0
    while True:
        setting = make(resources=("hpc_one", "hpc_two"))
        setting.backend_class = backend
        for month in months:
            setting.use("hpc_one", month, ada={"cpu": 1, "mem": 2}, grace={"cpu": 3})
            setting.use("hpc_two", month, ada={"cpu": 4})
        setting.writes_to_live = writes
        try:
            setting.run(months=months)
        except killed:
            setting.run(months=months)
            for month in months:
                assert setting.totals("hpc_one", month) == {"cpu": "4.00", "mem": "2.00"}
                assert setting.totals("hpc_two", month) == {"cpu": "4.00"}
                assert len(setting.users("hpc_one", month)) == 3
                assert setting.users("hpc_two", month) == {("ada", "cpu"): "4.00"}
            assert len(setting.world.state.component_usages) == 6
            writes += 1
            continue
        break
    assert writes >= 10
