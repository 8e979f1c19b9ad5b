"""Limits: units forth and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import LIMITS, ORDERS, USER_LIMITS
from waldur_site_agent_testkit.conformance.expecting import NothingToTryError
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.stage import TEAM
from waldur_site_agent_testkit.conformance.subject import Facet

if TYPE_CHECKING:
    from waldur_site_agent_testkit.conformance.stage import Stage


@rule(LIMITS, "get_resource_limits", "_setup_resource_limits", promise=2)
def limits_are_read_back_as_ordered(stage: Stage) -> None:
    """What was ordered is read back as it was ordered, in Waldur units."""
    created = stage.created()
    expect.equal(dict(stage.seen(created).limits), stage.limits, "the limits of a new resource")


@rule(LIMITS, "set_resource_limits", promise=5)
def limits_are_set_and_not_added(stage: Stage) -> None:
    """``set_resource_limits`` takes Waldur units and sets them; done twice, it is the same."""
    created = stage.created()
    for _ in range(2):
        with stage.passing() as backend:
            backend.set_resource_limits(created.backend_id, stage.more)
        stage.settle()
        expect.equal(dict(stage.seen(created).limits), stage.more, "the limits that were set")


@rule(LIMITS, "set_resource_limits", "get_resource_limits", promise=2)
def odd_limits_are_read_back(stage: Stage) -> None:
    """Limits of 1, 7 and 1001 are read back as they were set: units go forth and back unharmed."""
    created = stage.created()
    for amount in (1, 7, 1001):
        limits = dict.fromkeys(stage.limits, amount)
        with stage.passing() as backend:
            backend.set_resource_limits(created.backend_id, limits)
        stage.settle()
        expect.equal(dict(stage.seen(created).limits), limits, f"limits of {amount}")


@rule(LIMITS, "sync_resource_limits", promise=2)
def limits_in_waldur_do_not_drift(stage: Stage) -> None:
    """Membership passes leave the limits in Waldur as they were ordered."""
    created = stage.created()
    for _ in range(2):
        stage.agent().members()
    expect.equal(dict(stage.record(created).limits), stage.limits, "the limits in Waldur")


@rule(ORDERS, "_collect_resource_limits", promise=2)
def limits_are_collected_in_both_units(stage: Stage) -> None:
    """``_collect_resource_limits`` answers the limits in backend units and in Waldur units.

    The first are whole numbers; the second are those ordered, by components of the offering.
    """
    resource = stage.in_waldur(stage.order())
    with stage.passing() as backend:
        native, ordered = backend._collect_resource_limits(resource)  # noqa: SLF001 - the contract names it so
    odd = {name: v for name, v in native.items() if not isinstance(v, int)}
    expect.equal(odd, {}, "limits in backend units that are no whole numbers")
    wanted = {name: stage.limits.get(name) for name in ordered}
    expect.equal(dict(ordered), wanted, "the limits in Waldur units")


@rule(ORDERS, "set_resource_limits", promise=8)
def a_foreign_component_is_left_out(stage: Stage) -> None:
    """A limit for what is no component of the offering is left out, and fails nothing."""
    created = stage.created()
    with stage.passing() as backend:
        backend.set_resource_limits(created.backend_id, {**stage.limits, "no_such_component": 1})
    stage.settle()
    if stage.seen(created).limits:
        expect.equal(dict(stage.seen(created).limits), stage.limits, "the limits")


@rule(USER_LIMITS, "set_resource_user_limits", "get_resource_user_limits", promise=5)
def limits_of_members_are_set_and_cleared(stage: Stage) -> None:
    """A member's limits are read back in the units in which they are set.

    An empty mapping clears them.
    """
    created = stage.created()
    name, limits = TEAM[0], _of_members(stage)
    (listed,) = stage.normal([name])
    with stage.passing() as backend:
        backend.set_resource_user_limits(created.backend_id, name, limits)
    expect.equal(_read(stage, created.backend_id), {listed: limits}, "the limits of members")
    with stage.passing() as backend:
        backend.set_resource_user_limits(created.backend_id, name, {})
    expect.equal(_read(stage, created.backend_id), {}, "the limits of members, cleared")


@rule(USER_LIMITS, "set_limits_of_users", promise=2)
def limits_of_many_members_are_those_one_by_one(stage: Stage) -> None:
    """``set_limits_of_users`` does to many members what is done to each."""
    created = stage.created()
    limits = _of_members(stage)
    wanted = dict.fromkeys(stage.normal(TEAM[:2]), limits)
    with stage.passing() as backend:
        backend.set_limits_of_users(created.backend_id, dict.fromkeys(TEAM[:2], limits))
    expect.equal(_read(stage, created.backend_id), wanted, "the limits of two members")


@rule(USER_LIMITS, "get_resource_user_limits", promise=3, needs=(Facet.SET_REACHABLE,))
def limits_of_members_are_never_empty_for_an_outage(stage: Stage) -> None:
    """While the system cannot be reached, a member's limits are not said to be none.

    ``get_resource_user_limits`` raises, or says what was so.
    """
    created = stage.created()
    limits = {TEAM[0]: _of_members(stage)}
    with stage.passing() as backend:
        backend.set_limits_of_users(created.backend_id, limits)
    before = _read(stage, created.backend_id)
    with stage.outage():
        found = expect.unless_raised(lambda: _read(stage, created.backend_id), default=before)
    expect.equal(found, before, "get_resource_user_limits() in an outage")


def _of_members(stage: Stage) -> dict[str, int]:
    if not stage.limits:
        raise NothingToTryError("nothing of the offering is billed by limits")
    return {name: int(amount) for name, amount in stage.limits.items()}


def _read(stage: Stage, backend_id: str) -> dict[str, dict[str, int]]:
    with stage.passing() as backend:
        return {user: dict(v) for user, v in backend.get_resource_user_limits(backend_id).items()}
