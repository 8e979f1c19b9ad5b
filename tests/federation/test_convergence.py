"""Killed anywhere, it converges: nothing ordered twice, nothing lost, nothing left over on B.

Random orders, teams, faults on both sides, outages of B, refusals of its provider and kills between
any two writes; then calm, and the two Waldurs must agree to the letter.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent.waldur.errors import WaldurError
from waldur_site_agent_testkit.mastermind.faults import BrokenJson, DropConnection, Hang, Status

if TYPE_CHECKING:
    from collections.abc import Callable

AMOUNTS = st.integers(1, 50)
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
CALLS_ON_A = st.sampled_from(
    [
        "marketplace-orders",
        "marketplace-provider-resources",
        "set_backend_id",
        "set_state_done",
        "approve_by_provider",
        "set_effective_id",
        "team",
    ]
)
CALLS_ON_B = st.sampled_from(
    [
        "POST marketplace-orders",
        "GET marketplace-orders",
        "POST projects",
        "projects",
        "update_limits",
        "terminate",
        "marketplace-resources",
        "add_user",
        "identity-bridge",
        "me",
    ]
)
PEOPLE = ("bob@idp.test", "eve@idp.test", "mia@idp.test")
BS_NO = "The target Waldur's order is"
PASSES_TO_CALM = 5


def assert_agreement(stage: object) -> None:
    """Both sides say the same, and nothing is left over on either."""
    a, b = stage.a.state, stage.b.state
    for order in a.orders.values():
        assert order.state == "done" or order.error_message.startswith(BS_NO), order
    used = Counter(
        _hex(one.backend_id) for one in a.resources.values() if one.state != "Terminated"
    )
    living = {_hex(one.uuid): one for one in b.resources.values() if one.state != "Terminated"}
    assert set(used.values()) <= {1}
    assert living.keys() <= used.keys(), "left over on B"
    for resource in a.resources.values():
        if resource.state == "OK":
            assert_alike(resource, living[_hex(resource.backend_id)])
    assert_once(stage)
    assert stage.a.violations == stage.b.violations == []


def assert_alike(ours: object, theirs: object) -> None:
    hours = ours.limits["node_hours"]
    assert theirs.state == "OK"
    assert theirs.limits == {"gpu_hours": 5 * hours, "storage_gb_hours": 10 * hours}


def assert_once(stage: object) -> None:
    """One order of B for each of A that made something, and one project for each of A."""
    creates = [one for one in stage.b.state.orders.values() if one.type == "Create"]
    marks = Counter(one.attributes["source_order_uuid"] for one in creates)
    assert set(marks.values()) <= {1}
    projects = Counter(one.backend_id for one in stage.b.state.projects.values())
    assert set(projects.values()) <= {1}


def assert_teams(stage: object) -> None:
    team = {grant.user.username for grant in stage.a.state.grants_in[stage.federation.project.uuid]}
    for resource in stage.a.state.resources.values():
        if resource.state == "OK":
            assert set(stage.roles_on_b(resource)) == team


def _hex(uuid: object) -> str:
    return str(uuid).replace("-", "")


def convergence(make: Callable[..., object], killed: type[BaseException]) -> type:  # noqa: C901 - a machine's rules, one function each
    class Convergence(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            # People come and go at will here: the brakes are tested elsewhere.
            brakes = {"removal_limits": {"resource_share": 1, "offering_share": 1}}
            self.stage = make(offering_settings=brakes)
            self.people = {cuid: self.stage.a.add_user(cuid) for cuid in PEOPLE}

        @initialize()
        def one_lives_and_one_is_gone(self) -> None:
            for name in ("Lives", "Is gone"):
                self.stage.order(name, limits={"node_hours": 1})
            self.stage.settle()
            self.stage.a.order_terminate(self.resources("OK")[1])
            self.stage.settle()

        def resources(self, *states: str) -> list[object]:
            state = self.stage.a.state
            busy = {
                order.resource.uuid
                for order in state.orders.values()
                if order.state in ("pending-provider", "executing")
            }
            return [
                resource
                for resource in state.resources.values()
                if resource.state in states and resource.uuid not in busy
            ]

        @rule(hours=AMOUNTS)
        def order_create(self, hours: int) -> None:
            self.stage.order("Another", limits={"node_hours": hours})

        @precondition(lambda self: self.resources("OK"))
        @rule(hours=AMOUNTS, choice=st.integers(0))
        def order_update(self, hours: int, choice: int) -> None:
            resources = self.resources("OK")
            resource = resources[choice % len(resources)]
            self.stage.a.order_update(resource, {"node_hours": hours})

        @precondition(lambda self: self.resources("OK", "Erred"))
        @rule(choice=st.integers(0))
        def order_terminate(self, choice: int) -> None:
            resources = self.resources("OK", "Erred")
            self.stage.a.order_terminate(resources[choice % len(resources)])

        @precondition(lambda self: self.resources("Terminated"))
        @rule(choice=st.integers(0))
        def order_restore(self, choice: int) -> None:
            resources = self.resources("Terminated")
            self.stage.a.order_restore(resources[choice % len(resources)])

        @rule(cuid=st.sampled_from(PEOPLE), comes=st.booleans())
        def somebody_comes_or_goes(self, cuid: str, comes: bool) -> None:
            user, project = self.people[cuid], self.stage.federation.project
            if comes:
                self.stage.a.grant(user, project)
            else:
                self.stage.a.revoke(user, project)

        @rule(call=CALLS_ON_A, action=FAULTS, times=st.integers(1, 3), after=st.integers(0, 5))
        def trouble_with_a(self, call: str, action: object, times: int, after: int) -> None:
            self.stage.a.faults.add(match=call, action=action, times=times, after=after)

        @rule(call=CALLS_ON_B, action=FAULTS, times=st.integers(1, 3), after=st.integers(0, 5))
        def trouble_with_b(self, call: str, action: object, times: int, after: int) -> None:
            self.stage.b.faults.add(match=call, action=action, times=times, after=after)

        @rule(up=st.booleans())
        def b_goes_or_comes(self, up: bool) -> None:
            self.stage.b.faults.clear()
            if not up:
                self.stage.b.faults.add(match="", action=DropConnection(before=True), times=None)

        @precondition(lambda self: self.stage.federation.waiting())
        @rule(choice=st.integers(0), fails=st.booleans())
        def bs_provider_does_one(self, choice: int, fails: bool) -> None:
            waiting = self.stage.federation.waiting()
            order = waiting[choice % len(waiting)]
            if fails:
                self.stage.b.fail_order(order, "no room")
            else:
                name = order.resource.backend_id or f"b_{order.resource.slug}"
                self.stage.b.carry_out(order, backend_id=name)

        @rule(effects=st.integers(0, 25))
        def killed_in_a_pass_over_orders(self, effects: int) -> None:
            self.stage.kill_after(effects)
            with suppress(killed):
                self.pass_over_orders()
            self.stage.kill_after(None)

        @rule(effects=st.integers(0, 25))
        def killed_in_a_pass_over_members(self, effects: int) -> None:
            self.stage.kill_after(effects)
            with suppress(killed):
                self.pass_over_members()
            self.stage.kill_after(None)

        @rule()
        def pass_over_orders(self) -> None:
            with suppress(WaldurError):  # the pass could not begin; the next one will
                self.stage.orders()

        @rule()
        def pass_over_members(self) -> None:
            with suppress(WaldurError, BackendUnavailableError):
                self.stage.members()

        @rule()
        def calm(self) -> None:
            self.stage.a.faults.clear()
            self.stage.b.faults.clear()
            for _ in range(PASSES_TO_CALM):
                self.stage.orders()
                self.stage.federation.carry_out_all()
            assert_agreement(self.stage)
            self.stage.members()
            assert_agreement(self.stage)
            assert_teams(self.stage)

        def teardown(self) -> None:
            self.calm()

    return Convergence


def test_any_history_converges(make: Callable[..., object], killed: type[BaseException]) -> None:
    case = convergence(make, killed).TestCase
    case.settings = settings(
        max_examples=60,
        stateful_step_count=20,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    case("runTest").runTest()


def test_killed_at_every_single_point_of_a_life(
    make: Callable[..., object], killed: type[BaseException]
) -> None:
    """Create, update, terminate and restore, with one kill at each chance there is."""
    point, lived = 0, False
    while not lived:
        lived = not _life_with_a_kill(make(), killed, point)
        point += 1
    assert point > 40


def _life_with_a_kill(stage: object, killed: type[BaseException], point: int) -> bool:
    """Whether the kill took place; the end is the same either way."""
    stage.kill_after(point)
    order = stage.order()
    deaths = _to_the_end(stage, killed, order)
    for change in (
        lambda: stage.a.order_update(order.resource, {"node_hours": 7}),
        lambda: stage.a.order_terminate(order.resource),
        lambda: stage.a.order_restore(order.resource),
    ):
        deaths += _to_the_end(stage, killed, change())
    stage.kill_after(None)
    stage.members()
    assert_agreement(stage)
    assert_teams(stage)
    return bool(deaths)


def _to_the_end(stage: object, killed: type[BaseException], order: object) -> int:
    deaths = 0
    for _ in range(PASSES_TO_CALM):
        try:
            stage.orders()
            stage.members()
        except killed:
            deaths += 1
        stage.federation.carry_out_all()
    assert order.state == "done", order
    return deaths
