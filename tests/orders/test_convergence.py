"""Killed anywhere, it converges: no orphan, no second account, no lost order.

Random orders, faults, outages and kills between any two writes; then calm, and the two sides must
agree to the letter.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from waldur_site_agent.waldur.errors import WaldurError
from waldur_site_agent_testkit.mastermind.faults import (
    BrokenJson,
    DropConnection,
    Hang,
    Status,
)

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = st.fixed_dictionaries({"cpu": st.integers(1, 50), "mem": st.integers(1, 50)})
FAULTS = st.sampled_from(
    [
        Status(502),
        Status(503, before=False),
        Status(429, retry_after=1),
        DropConnection(before=True),
        DropConnection(before=False),
        Hang(before=False),
        BrokenJson(),
    ]
)
CALLS = st.sampled_from(
    [
        "marketplace-orders",
        "marketplace-provider-resources",
        "marketplace-offering-users",
        "set_backend_id",
        "set_limits",
        "set_state_done",
        "approve_by_provider",
        "team",
    ]
)
PASSES_TO_CALM = 3


def assert_agreement(setting: object) -> None:
    """Both sides say the same, and nothing is left over on either."""
    state = setting.world.state
    assert {str(order.state) for order in state.orders.values()} <= {"done"}
    resources = list(state.resources.values())
    alive = [resource for resource in resources if resource.state == "OK"]
    assert len(alive) + sum(r.state == "Terminated" for r in resources) == len(resources)
    assert sorted(setting.system.accounts) == sorted(r.backend_id for r in alive)
    for resource in alive:
        account = setting.system.accounts[resource.backend_id]
        assert account.limits == {
            "cpu": resource.limits["cpu"] * 60,
            "mem": resource.limits["mem"] * 2,
        }
        assert account.users == setting.usernames()
    assert setting.world.violations == []


def convergence(make: Callable[..., object], killed: type[BaseException]) -> type:  # noqa: C901 - a machine's rules, one function each
    class Convergence(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.setting = make(
                plugin_options={"account_name_generation_policy": "project_slug"},
                # A terminated resource's name is not given again, so that it can be restored.
                check_backend_id_uniqueness=True,
            )

        def resources(self, state: str) -> list[object]:
            world = self.setting.world
            busy = {
                order.resource.uuid
                for order in world.state.orders.values()
                if order.state in ("pending-provider", "executing")
            }
            return [
                resource
                for resource in world.state.resources.values()
                if resource.state == state and resource.uuid not in busy
            ]

        @rule(limits=LIMITS)
        def order_create(self, limits: dict[str, int]) -> None:
            setting = self.setting
            setting.world.order_create(setting.project, setting.offering, "A", limits=limits)

        @precondition(lambda self: self.resources("OK"))
        @rule(limits=LIMITS, choice=st.integers(0))
        def order_update(self, limits: dict[str, int], choice: int) -> None:
            resources = self.resources("OK")
            self.setting.world.order_update(resources[choice % len(resources)], limits)

        @precondition(lambda self: self.resources("OK"))
        @rule(choice=st.integers(0))
        def order_terminate(self, choice: int) -> None:
            resources = self.resources("OK")
            self.setting.world.order_terminate(resources[choice % len(resources)])

        @precondition(lambda self: self.resources("Terminated"))
        @rule(choice=st.integers(0))
        def order_restore(self, choice: int) -> None:
            resources = self.resources("Terminated")
            self.setting.world.order_restore(resources[choice % len(resources)])

        @rule(call=CALLS, action=FAULTS, times=st.integers(1, 3), after=st.integers(0, 5))
        def trouble_with_waldur(self, call: str, action: object, times: int, after: int) -> None:
            self.setting.world.faults.add(match=call, action=action, times=times, after=after)

        @rule(up=st.booleans())
        def backend_goes_or_comes(self, up: bool) -> None:
            self.setting.system.is_up = up

        @rule(effects=st.integers(0, 40))
        def killed_in_a_pass(self, effects: int) -> None:
            self.setting.kill_after(effects)
            with suppress(killed):
                self.a_pass()
            self.setting.effects_to_live = None

        @rule()
        def a_pass(self) -> None:
            with suppress(WaldurError):  # the pass could not begin; the next one will
                self.setting.run()

        @rule()
        def calm(self) -> None:
            self.setting.world.faults.clear()
            self.setting.system.is_up = True
            for _ in range(PASSES_TO_CALM):
                self.setting.run()
            assert_agreement(self.setting)

        def teardown(self) -> None:
            self.calm()

    return Convergence


def test_any_history_converges(make: Callable[..., object], killed: type[BaseException]) -> None:
    case = convergence(make, killed).TestCase
    case.settings = settings(
        max_examples=150,
        stateful_step_count=25,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    case("runTest").runTest()


@pytest.mark.parametrize("policy", ["waldur_username", "service_provider"])
def test_killed_at_every_single_point_of_a_life(
    make: Callable[..., object], killed: type[BaseException], policy: str
) -> None:
    """Create, update, terminate and restore, with one kill at each chance there is."""
    point = 0
    while _life_with_a_kill(make(policy=policy), killed, point):
        point += 1
    assert point > 30


def _life_with_a_kill(setting: object, killed: type[BaseException], point: int) -> bool:
    """Whether the kill took place; the end is the same either way."""
    world = setting.world
    named = world.state.users.values()
    if setting.offering.plugin_options["username_generation_policy"] == "service_provider":
        for user in named:
            if user.username in setting.usernames():
                world.set_username(user, setting.offering, user.username)
    setting.kill_after(point)
    order = world.order_create(setting.project, setting.offering, "A", limits={"cpu": 1, "mem": 1})
    deaths = _run_to_the_end(setting, killed, order)
    for change in (
        lambda: world.order_update(order.resource, {"cpu": 2, "mem": 3}),
        lambda: world.order_terminate(order.resource),
        lambda: world.order_restore(order.resource),
    ):
        deaths += _run_to_the_end(setting, killed, change())
    setting.effects_to_live = None
    setting.run()
    assert_agreement(setting)
    return bool(deaths)


def _run_to_the_end(setting: object, killed: type[BaseException], order: object) -> int:
    deaths = 0
    for _ in range(PASSES_TO_CALM):
        try:
            setting.run()
        except killed:
            deaths += 1
    assert order.state == "done"
    return deaths
