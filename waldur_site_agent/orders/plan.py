"""What to do about an order, decided from what was seen of it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.orders.seen import RemoteOrder, Verdict
from waldur_site_agent.orders.steps import (
    AddMembers,
    AdoptOnBackend,
    Approve,
    Complete,
    CreateOnBackend,
    DeleteOnBackend,
    ProvisionKeys,
    ReadBackId,
    Reject,
    ReportResource,
    ReserveBackendId,
    SetLimits,
    Step,
    UpdateAttributes,
    Wait,
)
from waldur_site_agent.waldur.models.states import OrderState, OrderType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from waldur_site_agent.orders.seen import Placement, Seen

Plan = tuple[Step, ...]

# What Waldur keeps in an update order's attributes for itself.
BOOKKEEPING_ATTRIBUTES = frozenset({"old_limits", "old_end_date", "new_end_date", "action", "name"})


def plan_order(seen: Seen) -> Plan:
    """Decide what an order needs, from the beginning or from wherever it was left."""
    state, kind = seen.order.state, seen.order.type
    if kind not in BY_TYPE:
        return (Wait(reason=f"orders of type {str(kind)!r} are not known to this version"),)
    if state == OrderState.PENDING_PROVIDER:
        return _plan_pending(seen)
    if state == OrderState.EXECUTING:
        return _plan_executing(seen)
    return (Wait(reason=f"the order is {state}"),)


def _plan_pending(seen: Seen) -> Plan:
    match seen.verdict:
        case Verdict.REJECT:
            return (Reject(reason="the plugin rejects the order"),)
        case Verdict.PENDING:
            return (Wait(reason="the plugin has not decided yet"),)
        case Verdict.UNASKED:
            return (Wait(reason="the plugin decides whether to accept, and was not asked"),)
        case Verdict.ACCEPT:
            return (Approve(reason="the order waits for the provider"), *_plan_executing(seen))


def _plan_executing(seen: Seen) -> Plan:
    if seen.remote is RemoteOrder.PENDING:
        return (Wait(reason="the remote order is not finished"),)
    return BY_TYPE[seen.order.type](seen)


def _plan_create(seen: Seen) -> Plan:
    if seen.remote is RemoteOrder.DONE:
        return (
            ReadBackId(reason="the remote order is done"),
            *_members(seen),
            *_keys(seen),
            Complete(),
        )
    if seen.placement is None:
        return (Wait(reason="where the resource belongs on the backend is not known"),)
    return (
        *_place(seen.placement),
        *_members(seen),
        ReportResource(),
        *_keys(seen),
        Complete(),
    )


def _place(placement: Placement) -> Plan:
    backend_id = placement.backend_id
    if placement.exists:
        return (AdoptOnBackend(backend_id=backend_id, reason="its id stands in Waldur already"),)
    create = CreateOnBackend(backend_id=backend_id, reason="the backend does not have it")
    if placement.reserved:
        return (create,)
    return (ReserveBackendId(backend_id=backend_id, reason="the id is free"), create)


def _members(seen: Seen) -> Plan:
    if not seen.roster.members:
        return ()
    return (AddMembers(roster=seen.roster, reason="they are on the project's team"),)


def _keys(seen: Seen) -> Plan:
    return (ProvisionKeys(reason="the plugin issues API keys"),) if seen.has_keys else ()


def _plan_update(seen: Seen) -> Plan:
    if seen.remote is RemoteOrder.DONE:
        return (Complete(reason="the remote order is done"),)
    # Limits come last: an asynchronous backend answers them with an order to wait for.
    return (*_attributes(seen), *_limits(seen), Complete())


def _limits(seen: Seen) -> Plan:
    current, new = seen.resource.limits, seen.new_limits
    differs = new is not None and dict(new) != dict(current)
    if differs and new is not None:
        return (SetLimits(limits=new, recompute=seen.prepaid, reason="the order changes them"),)
    if seen.prepaid:
        reason = "prepaid limits follow the end date"
        return (SetLimits(limits=current, recompute=True, reason=reason),)
    return ()


def _attributes(seen: Seen) -> Plan:
    changed = {k: v for k, v in seen.order.attributes.items() if k not in BOOKKEEPING_ATTRIBUTES}
    if not changed or not seen.takes_attributes:
        return ()
    return (UpdateAttributes(attributes=changed, reason="the order carries them"),)


def _plan_terminate(seen: Seen) -> Plan:
    if seen.remote is RemoteOrder.DONE:
        return (Complete(reason="the remote order is done"),)
    backend_id = seen.resource.backend_id
    if not backend_id.strip():
        return (Complete(reason="the resource was never created on the backend"),)
    return (DeleteOnBackend(backend_id=backend_id, reason="the order terminates it"), Complete())


BY_TYPE: Mapping[str, Callable[[Seen], Plan]] = {
    OrderType.CREATE: _plan_create,
    OrderType.RESTORE: _plan_create,
    OrderType.UPDATE: _plan_update,
    OrderType.TERMINATE: _plan_terminate,
}
