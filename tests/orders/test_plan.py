"""The decision about an order, by table: the plan is a pure function of what was seen."""

from __future__ import annotations

from uuid import UUID

import pytest

from waldur_site_agent.membership.members import Member
from waldur_site_agent.membership.roster import Roster
from waldur_site_agent.orders import steps
from waldur_site_agent.orders.plan import plan_order
from waldur_site_agent.orders.seen import Placement, RemoteOrder, Seen, Verdict
from waldur_site_agent.waldur.models import Order, Resource
from waldur_site_agent.waldur.models.states import OrderState, OrderType
from waldur_site_agent.waldur.wire import FreeForm, Label

TEAM = Roster(members={"lovelace": Member(name="lovelace")})
NEW = Placement(backend_id="acc", exists=False, reserved=False)
RESERVED = Placement(backend_id="acc", exists=False, reserved=True)
OURS = Placement(backend_id="acc", exists=True, reserved=True)


def seen(
    kind: str = OrderType.CREATE,
    state: str = OrderState.EXECUTING,
    *,
    backend_id: str = "",
    limits: dict[str, float] | None = None,
    attributes: dict[str, object] | None = None,
    **rest: object,
) -> Seen:
    order = Order(
        uuid=UUID(int=1),
        type=Label(kind),
        state=Label(state),
        marketplace_resource_uuid=UUID(int=2),
        attributes=FreeForm(attributes or {}),
    )
    resource = Resource(uuid=UUID(int=2), backend_id=backend_id, limits=FreeForm(limits or {}))
    return Seen(order=order, resource=resource, **rest)


def names(given: Seen) -> list[str]:
    return [type(step).__name__ for step in plan_order(given)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (seen(placement=NEW), "ReserveBackendId CreateOnBackend ReportResource Complete"),
        (seen(placement=RESERVED), "CreateOnBackend ReportResource Complete"),
        (seen(placement=OURS), "AdoptOnBackend ReportResource Complete"),
        (seen(OrderType.RESTORE, placement=OURS), "AdoptOnBackend ReportResource Complete"),
        (
            seen(placement=OURS, roster=TEAM, has_keys=True),
            "AdoptOnBackend AddMembers ReportResource ProvisionKeys Complete",
        ),
        (seen(remote=RemoteOrder.PENDING), "Wait"),
        (seen(remote=RemoteOrder.DONE, roster=TEAM), "ReadBackId AddMembers Complete"),
        (seen(OrderType.UPDATE, new_limits={"cpu": 2}, limits={"cpu": 1}), "SetLimits Complete"),
        (seen(OrderType.UPDATE, new_limits={"cpu": 1}, limits={"cpu": 1}), "Complete"),
        (seen(OrderType.UPDATE, new_limits=None), "Complete"),
        (seen(OrderType.UPDATE, new_limits=None, prepaid=True), "SetLimits Complete"),
        (seen(OrderType.UPDATE, remote=RemoteOrder.DONE, new_limits={"cpu": 9}), "Complete"),
        (
            seen(OrderType.UPDATE, attributes={"flavor": "big"}, takes_attributes=True),
            "UpdateAttributes Complete",
        ),
        (
            seen(OrderType.UPDATE, attributes={"old_limits": {}}, takes_attributes=True),
            "Complete",
        ),
        (seen(OrderType.UPDATE, attributes={"flavor": "big"}), "Complete"),
        (seen(OrderType.TERMINATE, backend_id="acc"), "DeleteOnBackend Complete"),
        (seen(OrderType.TERMINATE, backend_id=" "), "Complete"),
        (seen(OrderType.TERMINATE, backend_id="acc", remote=RemoteOrder.DONE), "Complete"),
        (seen("Migrate"), "Wait"),
    ],
)
def test_executing_orders(given: Seen, expected: str) -> None:
    assert names(given) == expected.split()


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (Verdict.ACCEPT, "Approve ReserveBackendId CreateOnBackend ReportResource Complete"),
        (Verdict.REJECT, "Reject"),
        (Verdict.PENDING, "Wait"),
        (Verdict.UNASKED, "Wait"),
    ],
)
def test_orders_that_wait_for_the_provider(verdict: Verdict, expected: str) -> None:
    given = seen(state=OrderState.PENDING_PROVIDER, placement=NEW, verdict=verdict)
    assert names(given) == expected.split()


@pytest.mark.parametrize(
    "state", sorted(set(OrderState) - {OrderState.EXECUTING, OrderState.PENDING_PROVIDER})
)
def test_orders_in_any_other_state_are_left_alone(state: str) -> None:
    assert names(seen(state=state, placement=NEW, roster=TEAM)) == ["Wait"]


def test_the_id_is_reserved_before_the_backend_hears_of_it() -> None:
    plan = plan_order(seen(placement=NEW, roster=TEAM))
    kinds = [type(step) for step in plan]
    assert kinds.index(steps.ReserveBackendId) < kinds.index(steps.CreateOnBackend)
    assert kinds.index(steps.CreateOnBackend) < kinds.index(steps.AddMembers)
    assert kinds[-1] is steps.Complete


def test_a_plan_names_no_person() -> None:
    plan = plan_order(seen(placement=NEW, roster=TEAM))
    assert "lovelace" not in " ".join(f"{step} {step.reason}" for step in plan)
