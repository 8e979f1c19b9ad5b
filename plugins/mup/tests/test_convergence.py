"""Killed anywhere, it converges: each thing is made once, and ends as Waldur has it.

Random orders, teams, outages, lost answers and kills between any two writes; then calm, and both
sides must agree. The portal is strict: writes that change nothing, and things that are made twice,
are violations.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.waldur.errors import WaldurError
from waldur_site_agent_testkit.mastermind.faults import BrokenJson, DropConnection, Hang, Status
from waldur_site_agent_testkit.mastermind.state import Role

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = st.fixed_dictionaries({}, optional={"cpu": st.integers(0, 9), "gpu": st.integers(0, 9)})
ORDERED = LIMITS.filter(bool)
NAMES = st.sampled_from(["ana", "rui", "eva"])
PROJECTS = st.sampled_from([0, 1])
FAULTS = st.sampled_from(
    [
        Status(502),
        Status(503, before=False),
        Status(429, retry_after=0),
        DropConnection(before=True),
        DropConnection(before=False),
        Hang(before=False),
        BrokenJson(),
    ]
)
CALLS = st.sampled_from(
    [
        "POST projects/add",
        "PUT activate",
        "allocations/list",
        "POST allocations/add",
        "PUT allocations/edit",
        "GET projects/allocations",
        "members/list",
        "POST members/add",
        "PUT toggle-status",
        "POST /api/user/",
        "by-email",
        "user/request/list",
        "myaccessid",
        "by-grant",
        "GET projects/list",
    ]
)
OUT_OF_REACH = (BackendError, WaldurError)
PASSES_TO_CALM = 6


def convergence(make: Callable[..., Any]) -> type:  # noqa: C901 - a machine's rules, one function each
    class Convergence(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.setting = make()
            self.mup = self.setting.mup
            other = self.setting.world.add_project(
                self.setting.project.customer, "P / GRANT-2 / T", slug="two"
            )
            self.setting.join("pia", project=other, role=Role.PROJECT_MANAGER)
            self.projects = (self.setting.project, other)

        @initialize(limits=ORDERED)
        def one_lives_and_one_is_gone(self, limits: dict[str, int]) -> None:
            for number in PROJECTS_AT_FIRST:
                self.order_create(limits, number)
            self.setting.run()
            self.setting.world.order_terminate(self.resources("OK")[0])
            self.setting.run()

        def resources(self, *states: str) -> list[Any]:
            orders = self.setting.world.state.orders.values()
            waiting = ("pending-provider", "executing")
            busy = {order.resource.uuid for order in orders if order.state in waiting}
            resources = self.setting.world.state.resources.values()
            return [one for one in resources if one.state in states and one.uuid not in busy]

        @rule(limits=ORDERED, project=PROJECTS)
        def order_create(self, limits: dict[str, int], project: int) -> None:
            world = self.setting.world
            world.order_create(self.projects[project], self.setting.offering, "a", limits=limits)

        @precondition(lambda self: self.resources("OK"))
        @rule(limits=ORDERED, choice=st.integers(0))
        def order_update(self, limits: dict[str, int], choice: int) -> None:
            found = self.resources("OK")
            one = found[choice % len(found)]
            self.setting.world.order_update(one, {**one.limits, **limits})

        @precondition(lambda self: self.resources("OK"))
        @rule(choice=st.integers(0))
        def order_terminate(self, choice: int) -> None:
            found = self.resources("OK")
            self.setting.world.order_terminate(found[choice % len(found)])

        @precondition(lambda self: self.resources("Terminated"))
        @rule(choice=st.integers(0))
        def order_restore(self, choice: int) -> None:
            found = self.resources("Terminated")
            self.setting.world.order_restore(found[choice % len(found)])

        @rule(name=NAMES, project=PROJECTS)
        def join(self, name: str, project: int) -> None:
            self.setting.join(name, project=self.projects[project])

        @rule(name=NAMES, project=PROJECTS)
        def leave(self, name: str, project: int) -> None:
            self.setting.world.revoke(self.setting.person(name), self.projects[project])

        @rule(call=CALLS, action=FAULTS, times=st.integers(1, 4), after=st.integers(0, 3))
        def trouble(self, call: str, action: object, times: int, after: int) -> None:
            self.mup.faults.add(match=call, action=action, times=times, after=after)

        @rule()
        def down(self) -> None:
            self.mup.faults.add(match="*", action=Status(503), times=20)

        @rule(effects=st.integers(0, 25))
        def kill(self, effects: int) -> None:
            self.setting.kill_after(effects)

        @rule()
        def orders(self) -> None:
            with suppress(self.setting.killed, *OUT_OF_REACH):
                self.setting.run()

        @rule()
        def members(self) -> None:
            with suppress(self.setting.killed, *OUT_OF_REACH):
                self.setting.sync()

        def teardown(self) -> None:
            self.mup.faults.clear()
            self.setting.effects_to_live = None
            for _ in range(PASSES_TO_CALM):
                self.setting.run()
            self.setting.sync()
            assert_agreement(self.setting, self.projects)
            before = len(self.mup.writes())
            self.setting.sync()
            assert len(self.mup.writes()) == before

    return Convergence


PROJECTS_AT_FIRST = (0, 0, 1)


def assert_agreement(setting: Any, projects: tuple[Any, ...]) -> None:
    state = setting.world.state
    assert {order.state for order in state.orders.values()} == {"done"}
    assert setting.mup.violations == []
    assert setting.mup.sizes() == expected_sizes(state.resources.values())
    for project in projects:
        assert_project(setting, project)


def expected_sizes(resources: Any) -> dict[str, int]:
    return {
        f"alloc_{one.uuid}_{name}": int(amount * {"cpu": 60}.get(name, 1))
        for one in resources
        if one.state == "OK"
        for name, amount in one.limits.items()
    }


def assert_project(setting: Any, project: Any) -> None:
    grant = project.name.split(" / ")[1]
    resources = setting.world.state.resources.values()
    is_alive = any(one.state == "OK" and one.project is project for one in resources)
    found = setting.mup.of_grant(grant)
    assert bool(found and found.is_active) is is_alive
    if is_alive:
        team = {grant.user.username for grant in setting.world.team(project)}
        assert setting.mup.active_members(grant) == team


def test_it_converges(make: Callable[..., Any]) -> None:
    machine = convergence(make)
    machine.TestCase.settings = settings(
        max_examples=40,
        stateful_step_count=20,
        deadline=None,
        # Shrinking takes minutes, and the steps that failed are told without it.
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    machine.TestCase().runTest()


@pytest.mark.parametrize("point", range(44))
def test_killed_at_every_point_of_a_life(make: Callable[..., Any], point: int) -> None:
    setting = make()
    setting.join("ana")
    setting.kill_after(point)
    world = setting.world
    resource = carried_out(setting, setting.order(cpu=1, gpu=2)).resource
    carried_out(setting, world.order_update(resource, {"cpu": 2, "gpu": 3}))
    carried_out(setting, world.order_terminate(resource))
    carried_out(setting, world.order_restore(resource))
    setting.effects_to_live = None
    setting.sync()

    assert_agreement(setting, (setting.project,))
    assert (len(setting.mup.projects), len(setting.mup.allocations)) == (1, 2)


def carried_out(setting: Any, order: Any) -> Any:
    for _ in range(3):
        with suppress(setting.killed):
            setting.run()
    assert order.state == "done", order.error_message
    return order
