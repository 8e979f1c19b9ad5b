"""One order from where it stands to where it should be, as far as it goes today."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.orders.apply import OrderApplication
from waldur_site_agent.orders.failures import (
    BackendOutageError,
    IdTakenError,
    OrderLeftError,
    OrderRefusedError,
    OrderWaitsError,
)
from waldur_site_agent.orders.observe import CREATING, observe
from waldur_site_agent.orders.plan import plan_order
from waldur_site_agent.orders.steps import Reject
from waldur_site_agent.sites.failures import words_for_waldur
from waldur_site_agent.waldur.errors import TransientError, WaldurError

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from waldur_site_agent.orders.plan import Plan
    from waldur_site_agent.orders.seen import Seen
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Order

logger = structlog.get_logger(__name__)


class Ending(StrEnum):
    """How the work on an order ended in this pass."""

    DONE = "done"
    REJECTED = "rejected"
    WAITING = "waiting"
    """Nothing is wrong: a decision, a remote order or a time is waited for."""
    LEFT = "left"
    """Something failed that may be better next time; the order is as it was."""
    ERRED = "erred"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of an order in this pass."""

    order: Order
    ending: Ending
    message: str = ""
    outage: bool = False
    """Waldur or the backend did not answer: the next order would fare the same."""
    late_members: UUID | None = None
    """A resource that is, or may be, completed before all of its team had usernames."""


def work_on(site: Site, order: Order, *, check_stop: Callable[[], None]) -> Outcome:
    """Carry an order as far as it goes.

    Args:
        site: where it is to be carried out.
        order: the order as listed.
        check_stop: called before every step; raises StoppedError when the process should end.
    """
    try:
        return _follow_plan(site, order, check_stop)
    except OrderRefusedError as refusal:
        return _fail(site, order, refusal)
    except OrderWaitsError as error:
        logger.info("order.waits", why=str(error))
        return Outcome(order=order, ending=Ending.WAITING, message=str(error))
    except BackendOutageError as error:
        return _left(order, error, outage=True)
    except (OrderLeftError, WaldurError) as error:
        return _left(order, error, outage=isinstance(error, TransientError))


def _follow_plan(site: Site, order: Order, check_stop: Callable[[], None]) -> Outcome:
    """Observe, plan and apply; once more for every id that turns out to be taken."""
    taken: frozenset[str] = frozenset()
    while True:
        seen = observe(site, order, taken=taken)
        plan = plan_order(seen)
        application = OrderApplication(site, seen)
        try:
            _apply(application, plan, check_stop)
        except IdTakenError as error:
            logger.warning("backend_id.taken", backend_id=error.backend_id)
            taken |= {error.backend_id}
            order = site.waldur.orders.get(order.uuid)
            continue
        return _outcome(seen, plan)


def _apply(application: OrderApplication, plan: Plan, check_stop: Callable[[], None]) -> None:
    for step in plan:
        check_stop()
        logger.debug("order.step", step=str(step), reason=step.reason)
        application.run(step)


def _outcome(seen: Seen, plan: Plan) -> Outcome:
    if isinstance(plan[0], Reject):
        return Outcome(order=seen.order, ending=Ending.REJECTED, message=plan[0].reason)
    incomplete = seen.roster.unnamed or not seen.roster.members
    late = seen.resource.uuid if seen.order.type in CREATING and incomplete else None
    return Outcome(order=seen.order, ending=Ending.DONE, late_members=late)


def _fail(site: Site, order: Order, refusal: OrderRefusedError) -> Outcome:
    """Tell Waldur about a definite no; if even that fails, the next pass comes to it again."""
    defect = None if isinstance(refusal.cause, BackendError) else refusal.cause
    logger.error("order.refused", error=str(refusal), exc_info=defect)
    words = words_for_waldur(refusal.cause, expose=site.expose_error_details)
    try:
        site.waldur.orders.set_erred(order.uuid, words.message, words.traceback)
    except WaldurError as error:
        return _left(order, error, outage=isinstance(error, TransientError))
    return Outcome(order=order, ending=Ending.ERRED, message=str(refusal))


def _left(order: Order, error: Exception, *, outage: bool) -> Outcome:
    logger.warning("order.left", why=str(error))
    # The answer that was lost may have been that of completing it.
    lost = isinstance(error, WaldurError) and order.type in CREATING
    return Outcome(
        order=order,
        ending=Ending.LEFT,
        message=str(error),
        outage=outage,
        late_members=order.marketplace_resource_uuid if lost else None,
    )
