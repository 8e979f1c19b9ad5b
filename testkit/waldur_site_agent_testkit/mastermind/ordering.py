"""What orders do to themselves and to their resources."""

from datetime import date

from waldur_site_agent_testkit.mastermind import announcing, membership, transitions
from waldur_site_agent_testkit.mastermind.shapes import Limits, Object
from waldur_site_agent_testkit.mastermind.state import (
    Offering,
    Order,
    OrderState,
    OrderType,
    Plan,
    Project,
    Resource,
    ResourceState,
)
from waldur_site_agent_testkit.mastermind.store import Store

ANNOUNCED = (OrderState.PENDING_PROVIDER, OrderState.DONE)
"""Agents hear of orders that come into these states."""


class UnfinishedOrderError(Exception):
    """A resource has an order that is not finished, so that it cannot have another."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("Pending order for resource already exists.")


def unfinished(store: Store, resource: Resource) -> Order | None:
    """Return the resource's order that is not finished."""
    orders = store.state.orders.values()
    open_orders = (o for o in orders if o.resource is resource)
    return next((o for o in open_orders if o.state in transitions.UNFINISHED), None)


def order_new(
    store: Store,
    *,
    project: Project,
    offering: Offering,
    plan: Plan | None,
    attributes: Object,
    limits: Limits,
    slug: str | None = None,
    start_date: date | None = None,
) -> Order:
    """Make a resource, `Creating`, and the order for it, which waits for the consumer."""
    name = str(attributes.get("name") or "")
    resource = Resource(
        **store.birth(),
        name=name,
        slug=slug or store.identifiers.slug("resource", name),
        project=project,
        offering=offering,
        plan=plan,
        limits=dict(limits),
        attributes=attributes,
    )
    store.keep(store.state.resources, resource)
    order = Order(
        **store.birth(),
        type=OrderType.CREATE,
        resource=resource,
        plan=plan,
        limits=dict(limits),
        attributes=attributes,
        start_date=start_date,
    )
    return store.keep(store.state.orders, order)


def order_change(
    store: Store,
    resource: Resource,
    kind: OrderType,
    *,
    limits: Limits | None = None,
    attributes: Object | None = None,
) -> Order:
    """Make an order to update, terminate or restore a resource; it waits for the consumer.

    Raises:
        WrongStateError: The resource is not in a state that allows it.
        UnfinishedOrderError: Another order on the resource is not finished.
    """
    allowed = transitions.ORDERABLE[kind]
    if unfinished(store, resource) is not None:
        raise UnfinishedOrderError
    if resource.state not in allowed:
        raise transitions.WrongStateError(allowed)
    told = dict(attributes or {})
    if kind is OrderType.UPDATE:
        told["old_limits"] = dict(resource.limits)
    order = Order(
        **store.birth(),
        type=kind,
        resource=resource,
        plan=resource.plan,
        limits=dict(limits or {}),
        attributes=told,
    )
    return store.keep(store.state.orders, order)


def move(store: Store, order: Order, operation: str) -> None:
    """Carry out an operation of the order's state machine, with what follows for the resource.

    Raises:
        WrongStateError: The order's state does not allow the operation.
    """
    order.state = _target(store, order, operation)
    store.touch(order)
    _EFFECTS.get(order.state, _no_effect)(store, order)
    if order.state in ANNOUNCED:
        announcing.order(store, order)


def _target(store: Store, order: Order, operation: str) -> OrderState:
    target = transitions.ORDER[operation].after(order.state)
    waits = order.start_date is not None and order.start_date > store.clock.today()
    if operation == "approve_by_provider" and waits:
        return OrderState.PENDING_START_DATE
    return target


def start_due(store: Store) -> None:
    """Begin the orders whose start date has come."""
    for order in list(store.state.orders.values()):
        due = order.start_date is None or order.start_date <= store.clock.today()
        if order.state is OrderState.PENDING_START_DATE and due:
            move(store, order, "set_state_executing")


def _no_effect(_store: Store, _order: Order) -> None:
    """Leave the resource alone."""


def _put(store: Store, resource: Resource, state: ResourceState) -> None:
    resource.state = state
    store.touch(resource)


def _executing(store: Store, order: Order) -> None:
    _put(store, order.resource, transitions.STARTED[order.type])


def _done(store: Store, order: Order) -> None:
    resource = order.resource
    if order.type is OrderType.UPDATE:
        resource.limits = dict(order.limits)
    resource.error_message = resource.error_traceback = ""
    _put(store, resource, transitions.FINISHED[order.type])
    if resource.state is ResourceState.OK:
        membership.open_accounts_on(store, resource)


def _erred(store: Store, order: Order) -> None:
    order.resource.error_message = order.error_message
    order.resource.error_traceback = order.error_traceback
    _put(store, order.resource, ResourceState.ERRED)


def _abandoned(store: Store, order: Order) -> None:
    if order.type is OrderType.CREATE:
        _put(store, order.resource, ResourceState.TERMINATED)


_EFFECTS = {
    OrderState.EXECUTING: _executing,
    OrderState.DONE: _done,
    OrderState.ERRED: _erred,
    OrderState.REJECTED: _abandoned,
    OrderState.CANCELED: _abandoned,
}


def set_backend_id(store: Store, resource: Resource, backend_id: str) -> None:
    """Give a resource its id at the backend; the offering remembers every id that it ever saw."""
    resource.backend_id = backend_id
    if backend_id:
        resource.offering.used_backend_ids.add(backend_id)
    store.touch(resource)
