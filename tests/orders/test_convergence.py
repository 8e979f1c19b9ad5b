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
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from waldur_site_agent.waldur.errors import WaldurError
from waldur_site_agent_testkit.backends.memory import MemoryAccount
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
        "marketplace-resource-api-keys",
    ]
)
PASSES_TO_CALM = 3
THEM = "somebody else"


def assert_agreement(setting: object, *, erred: frozenset[str] = frozenset()) -> None:
    """Both sides say the same, and nothing is left over on either.

    Args:
        setting: after some calm passes.
        erred: uuids of orders to which the backend said a definite no.
    """
    state = setting.world.state
    assert {order.uuid for order in state.orders.values() if order.state != "done"} == erred
    resources = list(state.resources.values())
    alive = [resource for resource in resources if resource.state == "OK"]
    for resource in alive:
        assert_in_order(setting, resource)
    ids = [r.backend_id for r in resources if r.state != "Terminated" and r.backend_id]
    ours = {name for name, account in setting.system.accounts.items() if account.owner != THEM}
    assert len(set(ids)) == len(ids)
    assert {r.backend_id for r in alive} <= ours
    assert_retired(setting, ours - set(ids))
    assert_untouched(setting)
    assert setting.world.violations == []


def assert_in_order(setting: object, resource: object) -> None:
    account = setting.system.accounts[resource.backend_id]
    assert account.owner == resource.name
    limits = resource.limits
    assert account.limits == {"cpu": limits["cpu"] * 60, "mem": limits["mem"] * 2}
    assert account.users == setting.usernames()
    keys = {k.client_id for k in setting.world.state.api_keys.values() if k.resource is resource}
    assert vars(account).get("keys", set()) <= keys
    assert len(keys) in {0, 2}


def assert_retired(setting: object, names: set[str]) -> None:
    """Nothing is left over but, where deletion is soft, accounts of the terminated at zero."""
    resources = setting.world.state.resources.values()
    soft = setting.settings.get("soft_delete")
    assert names <= {r.backend_id for r in resources if soft and r.state == "Terminated"}
    for name in names:
        assert set(setting.system.accounts[name].limits.values()) == {0}


def assert_untouched(setting: object) -> None:
    """Accounts of others are as they were."""
    for account in setting.system.accounts.values():
        if account.owner == THEM:
            assert (account.limits, account.users, vars(account).get("keys")) == ({}, set(), None)


def convergence(  # noqa: C901 - a machine's rules, one function each
    make: Callable[..., object], killed: type[BaseException], backend: type, *, soft_delete: bool
) -> type:
    class Convergence(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.setting = make(
                plugin_options={"account_name_generation_policy": "project_slug"},
                # A terminated resource's name is not given again, so that it can be restored.
                check_backend_id_uniqueness=True,
                soft_delete=soft_delete,
            )
            self.setting.backend_class = backend

        @initialize()
        def one_lives_and_one_is_gone(self) -> None:
            """So that there is something to update, terminate and restore from the beginning."""
            limits = {"cpu": 1, "mem": 1}
            for _ in range(2):
                self.order_create(limits)
            self.a_pass()
            self.setting.world.order_terminate(self.resources("OK")[0])
            self.a_pass()

        def resources(self, *states: str) -> list[object]:
            world = self.setting.world
            busy = {
                order.resource.uuid
                for order in world.state.orders.values()
                if order.state in ("pending-provider", "executing")
            }
            return [
                resource
                for resource in world.state.resources.values()
                if resource.state in states and resource.uuid not in busy
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

        @precondition(lambda self: self.resources("OK", "Erred"))
        @rule(choice=st.integers(0))
        def order_terminate(self, choice: int) -> None:
            resources = self.resources("OK", "Erred")
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

        @rule(effects=st.integers(0, 12))
        def backend_does_and_does_not_answer(self, effects: int) -> None:
            self.setting.lose_answer_after(effects)

        @rule(effects=st.sets(st.sampled_from(["create", "limit", "delete"])))
        def backend_refuses(self, effects: set[str]) -> None:
            self.setting.system.refuses = effects

        @rule(number=st.integers(0, 5))
        def somebody_else_takes_a_name(self, number: int) -> None:
            name = f"hpc_climate-{number}"
            reserved = {r.backend_id for r in self.setting.world.state.resources.values()}
            if name not in reserved:
                account = MemoryAccount(name=name, organization="", owner=THEM)
                self.setting.system.accounts.setdefault(name, account)

        @rule(effects=st.integers(0, 25))
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
            self.setting.system.is_up, self.setting.system.refuses = True, set()
            self.setting.effects_to_silence = None
            for _ in range(PASSES_TO_CALM):
                self.setting.run()
            assert_agreement(self.setting, erred=self.refused())

        def refused(self) -> frozenset[str]:
            """Orders that may have ended so: the backend said no, in words that Waldur has."""
            orders = self.setting.world.state.orders.values()
            return frozenset(
                order.uuid
                for order in orders
                if order.state == "erred" and order.error_message.startswith("the system refuses")
            )

        def teardown(self) -> None:
            self.calm()

    return Convergence


@pytest.mark.parametrize(("soft_delete", "histories"), [(False, 120), (True, 60)])
def test_any_history_converges(
    make: Callable[..., object],
    killed: type[BaseException],
    key_backend: type,
    soft_delete: bool,
    histories: int,
) -> None:
    case = convergence(make, killed, key_backend, soft_delete=soft_delete).TestCase
    case.settings = settings(
        max_examples=histories,
        stateful_step_count=25,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    case("runTest").runTest()


@pytest.mark.parametrize("policy", ["waldur_username", "service_provider"])
def test_killed_at_every_single_point_of_a_life(
    make: Callable[..., object], killed: type[BaseException], key_backend: type, policy: str
) -> None:
    """Create, update, terminate and restore, with one kill at each chance there is."""
    point, lived = 0, False
    while not lived:
        setting = make(policy=policy)
        setting.backend_class = key_backend
        lived = not _life_with_a_kill(setting, killed, point)
        point += 1
    assert point > 40


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
