"""Killed between any two effects, the agent converges."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, TypeAlias

from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import MEMBERS, ORDERS
from waldur_site_agent_testkit.conformance.killing import Killed
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.stage import NEWCOMER, PASSES, TEAM
from waldur_site_agent_testkit.conformance.subject import Facet

if TYPE_CHECKING:
    from waldur_site_agent_testkit.conformance.stage import Stage
    from waldur_site_agent_testkit.mastermind.state import Order

Life: TypeAlias = Callable[["Stage", Callable[[], object]], object]


@rule(
    ORDERS, "create_resource_with_id", "adopt_resource", promise=4, better_with=(Facet.ON_EFFECT,)
)
def a_killed_creation_converges(stage: Stage) -> None:
    """Killed anywhere in a Create order, the next passes end it as if nothing had been.

    There is one resource, with its team and limits, and none is left over.
    """
    _survives(stage, _create)


@rule(ORDERS, "set_resource_limits", promise=4, better_with=(Facet.ON_EFFECT,))
def a_killed_update_converges(stage: Stage) -> None:
    """Killed anywhere in an Update order, the next passes end it with its limits."""
    _survives(stage, _update)


@rule(ORDERS, "delete_resource", promise=4, better_with=(Facet.ON_EFFECT,))
def a_killed_termination_converges(stage: Stage) -> None:
    """Killed anywhere in a Terminate order, the next passes end it, with nothing left over."""
    _survives(stage, _terminate)


@rule(ORDERS, "create_resource_with_id", "adopt_resource", promise=4, needs=(Facet.ON_EFFECT,))
def a_lost_answer_in_a_creation_converges(stage: Stage) -> None:
    """Where the answer to an effect is lost, a Create order is done all the same.

    The effect took place, or did not. A lost answer is BackendUnavailableError: the order stays,
    and ends in the next passes.
    """
    _survives(stage, _create, death=BackendUnavailableError)


@rule(ORDERS, "set_resource_limits", promise=4, needs=(Facet.ON_EFFECT,))
def a_lost_answer_in_an_update_converges(stage: Stage) -> None:
    """Where the answer to a change of limits is lost, an Update order ends with its limits."""
    _survives(stage, _update, death=BackendUnavailableError)


@rule(ORDERS, "delete_resource", promise=4, needs=(Facet.ON_EFFECT,))
def a_lost_answer_in_a_termination_converges(stage: Stage) -> None:
    """Where the answer to a deletion is lost, a Terminate order ends all the same."""
    _survives(stage, _terminate, death=BackendUnavailableError)


@rule(MEMBERS, "change_members", promise=4, better_with=(Facet.ON_EFFECT,))
def a_killed_change_of_members_converges(stage: Stage) -> None:
    """Killed anywhere in a membership pass, the next ones bring exactly the team."""
    _survives(stage, _change_team)


@rule(MEMBERS, "change_members", promise=4, needs=(Facet.ON_EFFECT,))
def a_lost_answer_in_a_change_of_members_converges(stage: Stage) -> None:
    """Where the answer to a change of members is lost, the next passes bring exactly the team."""
    _survives(stage, _change_team, death=BackendUnavailableError)


def _survives(stage: Stage, live: Life, *, death: type[BaseException] = Killed) -> None:
    """Disturb the agent at each chance there is, each time on a stage of its own; all end alike.

    Args:
        stage: makes the others.
        live: has something done, in which the agent may be disturbed, and answers what came of it.
        death: what is raised at the chance.
    """
    with stage.another() as calm:
        wanted = live(calm, lambda: None)
    for chance in count():
        with stage.another() as trial:
            found = live(trial, partial(trial.executioner.take, chance, death))
        expect.equal(found, wanted, f"the end after a disturbance at chance {chance}")
        if not trial.executioner.executed:
            return


def _create(stage: Stage, disturb: Callable[[], object]) -> object:
    order = stage.order()
    _carry_out(stage, order, disturb)
    return stage.seen(stage.in_waldur(order)), stage.tally()


def _update(stage: Stage, disturb: Callable[[], object]) -> object:
    created = stage.created()
    order = stage.world.order_update(stage.record(created), stage.more)
    _carry_out(stage, order, disturb)
    return stage.seen(created), stage.tally()


def _terminate(stage: Stage, disturb: Callable[[], object]) -> object:
    created = stage.created()
    order = stage.world.order_terminate(stage.record(created))
    _carry_out(stage, order, disturb)
    return stage.is_there(created), stage.tally()


def _carry_out(stage: Stage, order: Order, disturb: Callable[[], object]) -> None:
    disturb()
    _survive(stage, lambda: stage.finish(order))
    # Members whose names appeared only with the resource may still be missing.
    stage.agent().orders()


def _change_team(stage: Stage, disturb: Callable[[], object]) -> object:
    created = stage.created()
    stage.join(NEWCOMER)
    stage.leave(TEAM[0])
    disturb()
    _survive(stage, lambda: _membership_passes(stage))
    return stage.seen(created)


def _membership_passes(stage: Stage) -> None:
    """As many as it takes until a newcomer has a name, is added, and Waldur was told."""
    for _ in range(PASSES):
        stage.agent().members(force=True)


def _survive(stage: Stage, work: Callable[[], object]) -> None:
    """Do some work, and again after a kill, or where a pass could not even begin: it is once."""
    try:
        work()
    except (Killed, BackendUnavailableError):
        work()
    stage.executioner.spare()
