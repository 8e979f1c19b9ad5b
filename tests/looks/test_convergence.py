"""Crashes, lost and doubled messages, faults of both sides: in the end all is as Waldur says.

What was delivered does not wait for the hourly reconciliation; only what was lost does. Each start
makes one of its own.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from waldur_site_agent.backend.structures import ResourceStatus
from waldur_site_agent_testkit.mastermind.faults import BrokenJson, DropConnection, Status

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = st.sampled_from([f"user{number}" for number in range(4)])
PROJECTS = st.sampled_from([0, 1])
FAULTS = st.sampled_from(
    [
        Status(502),
        Status(401),
        Status(503, before=False),
        DropConnection(before=True),
        DropConnection(before=False),
        BrokenJson(),
    ]
)
CALLS = st.sampled_from(
    [
        "GET /api/marketplace-orders/*",
        "GET /api/marketplace-provider-resources/*",
        "team",
        "offering-users",
        "approve_by_provider",
        "set_backend_id",
        "set_state_done",
        "refresh_last_sync",
        "project_permissions",
        "list_project_service_accounts",
        "marketplace-provider-offerings",
    ]
)


def convergence(make: Callable[..., object], killed: type[BaseException]) -> type:  # noqa: C901 - a machine's rules, one function each
    class Convergence(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.setting = make()
            self.setting.settings = {
                "order_processing_backend": "bulk",
                "membership_sync_backend": "bulk",
            }
            other = self.setting.world.add_project(self.setting.project.customer, "Ocean")
            self.projects = (self.setting.project, other)
            for project in self.projects:
                # Somebody is always there, so that no team is ever empty.
                self.setting.join("keeper", project)
            self.setting.run()
            self.orders: list[object] = []
            self.service: list[object] = []
            self.is_anything_lost = False

        # Waldur

        @rule(project=PROJECTS)
        def order(self, project: int) -> None:
            if len(self.orders) < 5:
                name = f"Order {len(self.orders)}"
                self.orders.append(self.setting.order(name, self.projects[project]))

        @precondition(lambda self: self.orders)
        @rule(which=st.integers(0, 4))
        def end(self, which: int) -> None:
            resource = self.orders[which % len(self.orders)].resource
            of_it = [order for order in self.orders if order.resource is resource]
            if resource.state == "OK" and all(order.state == "done" for order in of_it):
                self.orders.append(self.setting.world.order_terminate(resource))

        @rule(name=NAMES, project=PROJECTS)
        def join(self, name: str, project: int) -> None:
            self.setting.join(name, self.projects[project])

        @rule(name=NAMES, project=PROJECTS)
        def leave(self, name: str, project: int) -> None:
            self.setting.leave(name, self.projects[project])

        @precondition(lambda self: self.orders)
        @rule(which=st.integers(0, 4), paused=st.booleans())
        def pause(self, which: int, paused: bool) -> None:
            resource = self.orders[which % len(self.orders)].resource
            if resource.state == "OK":
                self.setting.world.pause(resource, paused=paused)

        @rule(project=PROJECTS)
        def open_account(self, project: int) -> None:
            name = f"svc-{len(self.service)}"
            world = self.setting.world
            self.service.append(world.add_service_account(self.projects[project], name))

        @precondition(lambda self: self.service)
        @rule()
        def close_account(self) -> None:
            self.setting.world.close_account(self.service[-1])

        # Trouble

        @rule(call=CALLS, fault=FAULTS, times=st.integers(1, 3))
        def trouble(self, call: str, fault: object, times: int) -> None:
            self.setting.world.faults.add(match=call, action=fault, times=times)

        @rule(up=st.booleans())
        def outage(self, up: bool) -> None:
            self.setting.system.is_up = up

        @rule()
        def lose_what_waits(self) -> None:
            self.is_anything_lost |= bool(self.setting.post.waiting)
            self.setting.post.waiting.clear()

        @precondition(lambda self: self.setting.post.waiting)
        @rule(which=st.integers(0, 20))
        def double(self, which: int) -> None:
            post = self.setting.post
            _, body = post.waiting[which % len(post.waiting)]
            post.waiting.append((next(post.numbers), body))

        @precondition(lambda self: len(self.setting.post.waiting) > 1)
        @rule()
        def reorder(self) -> None:
            self.setting.post.waiting.rotate()

        # The agent

        @rule(messages=st.sampled_from([None, 1, 2]), after=st.sampled_from([0.0, 2.0, 301.0]))
        def run(self, messages: int | None, after: float) -> None:
            with suppress(killed):
                self.setting.run(messages=messages, after=after)

        @rule(effects=st.integers(0, 10))
        def run_and_be_killed(self, effects: int) -> None:
            self.setting.kill_after(effects)
            with suppress(killed):
                self.setting.run()
            self.setting.effects_to_live = None

        @rule()
        def die(self) -> None:
            self.setting.die()

        @invariant()
        def nothing_is_made_twice(self) -> None:
            effects = Counter(self.setting.system.effects)
            assert all(n == 1 for what, n in effects.items() if what.startswith("create"))

        def teardown(self) -> None:
            setting = self.setting
            setting.world.faults.clear()
            setting.system.is_up = True
            for _ in range(3):
                setting.settle()
            if self.is_anything_lost:
                setting.reconcile()
                setting.settle()
            self.all_is_as_waldur_says()

        def all_is_as_waldur_says(self) -> None:
            setting = self.setting
            assert {order.state for order in self.orders} <= {"done"}
            living = [r for r in setting.world.state.resources.values() if r.state == "OK"]
            assert {r.backend_id for r in living} == set(setting.system.accounts)
            for resource in living:
                assert setting.on(resource.backend_id) == self.members(resource.project)
                paused = setting.system.accounts[resource.backend_id].status
                assert (paused is ResourceStatus.PAUSED) == resource.paused
            assert setting.post.is_empty
            assert setting.agent.waiting == 0
            assert not setting.world.violations

        def members(self, project: object) -> set[str]:
            people = {grant.user.username for grant in self.setting.world.team(project)}
            service = {s.username for s in self.service if s.project is project and s.state == "OK"}
            return people | service

    return Convergence


def test_it_converges(make: Callable[..., object]) -> None:
    case = convergence(make, make().killed).TestCase
    case.settings = settings(
        max_examples=60,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    case("runTest").runTest()
