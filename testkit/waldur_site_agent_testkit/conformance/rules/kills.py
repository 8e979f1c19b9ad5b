"""Killed between any two effects, the agent converges."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import MEMBERS, ORDERS
from waldur_site_agent_testkit.conformance.killing import Killed
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.stage import NEWCOMER, PASSES, TEAM

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent_testkit.conformance.stage import Stage
    from waldur_site_agent_testkit.mastermind.state import Order


@rule(ORDERS, "create_resource_with_id", "adopt_resource", promise=4)
def a_killed_creation_converges(stage: Stage) -> None:
    """Killed anywhere in a Create order, the next passes end it as if nothing had been.

    There is one resource, with its team and limits, and none is left over.
    """
    _survives(stage, _create)


@rule(ORDERS, "set_resource_limits", promise=4)
def a_killed_update_converges(stage: Stage) -> None:
    """Killed anywhere in an Update order, the next passes end it with its limits."""
    _survives(stage, _update)


@rule(ORDERS, "delete_resource", promise=4)
def a_killed_termination_converges(stage: Stage) -> None:
    """Killed anywhere in a Terminate order, the next passes end it, with nothing left over."""
    _survives(stage, _terminate)


@rule(MEMBERS, "change_members", promise=4)
def a_killed_change_of_members_converges(stage: Stage) -> None:
    """Killed anywhere in a membership pass, the next ones bring exactly the team."""
    _survives(stage, _change_team)


def _survives(stage: Stage, live: Callable[[Stage, int | None], object]) -> None:
    """Kill at each chance there is, each time on a stage of its own; all must end alike.

    Args:
        stage: makes the others.
        live: has something done, and is killed at a chance (None: never). Answers what came of it.
    """
    with stage.another() as calm:
        wanted = live(calm, None)
    for chance in count():
        with stage.another() as trial:
            found = live(trial, chance)
        expect.equal(found, wanted, f"the end after a kill at chance {chance}")
        if not trial.executioner.killed:
            return


def _create(stage: Stage, chance: int | None) -> object:
    order = stage.order()
    _carry_out(stage, order, chance)
    return stage.seen(stage.in_waldur(order)), stage.tally()


def _update(stage: Stage, chance: int | None) -> object:
    created = stage.created()
    order = stage.world.order_update(stage.record(created), stage.more)
    _carry_out(stage, order, chance)
    return stage.seen(created), stage.tally()


def _terminate(stage: Stage, chance: int | None) -> object:
    created = stage.created()
    order = stage.world.order_terminate(stage.record(created))
    _carry_out(stage, order, chance)
    return stage.is_there(created), stage.tally()


def _carry_out(stage: Stage, order: Order, chance: int | None) -> None:
    _survive(stage, lambda: stage.finish(order), chance)


def _change_team(stage: Stage, chance: int | None) -> object:
    created = stage.created()
    stage.join(NEWCOMER)
    stage.leave(TEAM[0])
    _survive(stage, lambda: _membership_passes(stage), chance)
    return stage.seen(created)


def _membership_passes(stage: Stage) -> None:
    """As many as it takes until a newcomer has a name, is added, and Waldur was told."""
    for _ in range(PASSES):
        stage.agent().members(force=True)


def _survive(stage: Stage, work: Callable[[], object], chance: int | None) -> None:
    """Do some work, and after a kill do it again: a process dies once."""
    if chance is not None:
        stage.executioner.kill_after(chance)
    try:
        work()
    except Killed:
        work()
    stage.executioner.spare()
