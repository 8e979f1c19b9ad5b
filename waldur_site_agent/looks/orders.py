"""Looks at one order, and at all of an offering's orders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.events.keys import Hint, Key, Kind
from waldur_site_agent.looks.outcome import Outcome
from waldur_site_agent.orders.late_members import completed_since
from waldur_site_agent.orders.order_pass import WORKED_ON, list_orders, process_order
from waldur_site_agent.orders.work import Ending
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.sites.reads import PEOPLE, RARELY_CHANGING
from waldur_site_agent.waldur.errors import RefusedError
from waldur_site_agent.work.settlements import Again, Done, Later, Settlement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from waldur_site_agent.looks.desk import Desk
    from waldur_site_agent.orders.work import Outcome as OrderOutcome
    from waldur_site_agent.waldur.models import Order

logger = structlog.get_logger(__name__)

LOOK_BACK = timedelta(days=1)
"""How far back the first look searches for resources whose members may have been forgotten."""
ROTATION_OVERDUE = timedelta(minutes=30)
"""How long a key may wait for its new secret before its message counts as lost."""


def look_at_order(desk: Desk, uuid: str) -> Outcome:
    """Carry an order as far as it goes.

    Raises:
        WaldurError: the order could not be read; NotFoundError where it is not there (any more).
        StoppedError: the process is to end.
    """
    order = desk.waldur.orders.get(uuid)
    if not is_ours(desk, order):
        return Outcome(settlement=Done())
    with desk.site(Role.ORDER_PROCESSING, keep=(*RARELY_CHANGING, *PEOPLE)) as site:
        came_of_it = process_order(site, order, check_stop=desk.check_stop)
    late = came_of_it.late_members
    then = () if late is None else (Hint(Key(desk.uuid, Kind.RESOURCE, late.hex)),)
    return Outcome(
        settlement=_settlement(came_of_it, desk.waiting_seconds),
        then=then,
        left=came_of_it.ending is Ending.ERRED,
    )


def is_ours(desk: Desk, order: Order) -> bool:
    """Whether it is the provider's turn, and the provider's offering is this one."""
    here = order.offering_uuid is None or order.offering_uuid.hex == desk.uuid
    return here and order.state in WORKED_ON


def _settlement(outcome: OrderOutcome, waiting_seconds: float) -> Settlement:
    """An order that was refused or erred is done as well: Waldur was told."""
    match outcome.ending:
        case Ending.WAITING:
            return Later(waiting_seconds, outcome.message)
        case Ending.LEFT:
            return Again(outcome.message)
        case _:
            return Done()


def look_at_orders(desk: Desk) -> Outcome:
    """Find what no message told of: orders, forgotten members, waiting keys.

    Raises:
        WaldurError: Waldur did not tell, or has no such offering: a mistyped one has no orders.
    """
    if not desk.is_seasoned:
        desk.waldur.offerings.get(desk.uuid)
    orders = list_orders(desk.waldur, desk.uuid)
    then = (
        *(Hint(Key(desk.uuid, Kind.ORDER, order.uuid.hex)) for order in orders),
        *_forgotten(desk),
        *_overdue_rotations(desk),
    )
    desk.is_seasoned = True
    return Outcome(settlement=Done(), then=then)


def _forgotten(desk: Desk) -> Iterator[Hint]:
    """Resources that were completed lately, perhaps by a process that was killed right then.

    Where members are looked after as well, the first pass over them comes to these.
    """
    if desk.is_seasoned or Role.MEMBERSHIP_SYNC in desk.roles:
        return
    uuids: list[UUID] = completed_since(desk.waldur, desk.uuid, datetime.now(UTC) - LOOK_BACK)
    for uuid in uuids:
        yield Hint(Key(desk.uuid, Kind.RESOURCE, uuid.hex))


def _overdue_rotations(desk: Desk) -> Iterator[Hint]:
    overdue = datetime.now(UTC) - ROTATION_OVERDUE
    try:
        keys = desk.waldur.api_keys.list_waiting(desk.uuid, modified_before=overdue)
    except RefusedError as error:
        logger.info("api_keys.not_listed", why=str(error))
        return
    for key in keys:
        if key.client_id and key.resource_uuid is not None:
            body = {"client_id": key.client_id, "resource_uuid": key.resource_uuid.hex}
            yield Hint(Key(desk.uuid, Kind.KEY_ROTATION, key.uuid.hex), body)
