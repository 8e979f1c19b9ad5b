"""One pass over an offering's orders."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.answering import is_answering
from waldur_site_agent.metrics.counting import changed
from waldur_site_agent.orders.failures import OrderLeftError, OrderRefusedError
from waldur_site_agent.orders.late_members import add_late_members
from waldur_site_agent.orders.observe import observe
from waldur_site_agent.orders.plan import plan_order
from waldur_site_agent.orders.steps import Fail, Wait
from waldur_site_agent.orders.work import Ending, Outcome, work_on
from waldur_site_agent.sites.stopping import StoppedError
from waldur_site_agent.waldur.errors import WaldurError
from waldur_site_agent.waldur.models.states import OrderState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from uuid import UUID

    from waldur_site_agent.orders.plan import Plan
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent.waldur.models import Order

logger = structlog.get_logger(__name__)

WORKED_ON = (OrderState.PENDING_PROVIDER, OrderState.EXECUTING)
OUTAGES_BEFORE_GIVING_UP = 2


@dataclass(frozen=True, kw_only=True)
class PassReport:
    """What a pass did. ``failed`` says whether a script should be told of it."""

    outcomes: Sequence[Outcome] = ()
    late: frozenset[UUID] = field(default_factory=frozenset)
    """Resources whose members must be looked at again."""
    given_up: str = ""
    """Why the pass ended before its last order, where it did."""

    @property
    def failed(self) -> bool:
        """Whether anything was left or erred."""
        endings = {outcome.ending for outcome in self.outcomes}
        return bool(self.given_up) or bool(endings & {Ending.LEFT, Ending.ERRED})

    def counts(self) -> dict[str, int]:
        """How many orders ended how."""
        return dict(Counter(str(outcome.ending) for outcome in self.outcomes))


def list_orders(waldur: Waldur, offering_uuid: str) -> Sequence[Order]:
    """The orders that the provider has to act on, oldest first.

    Raises:
        WaldurError: Waldur did not tell.
    """
    orders = waldur.orders.list(offering_uuid, states=WORKED_ON)
    return sorted(orders, key=lambda order: (order.created is not None, order.created, order.uuid))


def process_orders(
    site: Site,
    orders: Sequence[Order],
    *,
    late: frozenset[UUID] = frozenset(),
    check_stop: Callable[[], None],
    beat: Callable[[], None],
) -> PassReport:
    """Work on orders one after the other, then on late members.

    Args:
        site: the offering at work.
        orders: what :func:`list_orders` gave.
        late: resources whose members are still to be looked at.
        check_stop: raises StoppedError between steps when the process should end.
        beat: called before each order, to show that the process is alive.

    Raises:
        StoppedError: the process was asked to end.
    """
    not_ready = _preflight(site)
    if not_ready:
        logger.warning("orders.preflight_failed", why=not_ready, orders=len(orders))
        return PassReport(given_up=f"the backend is not ready: {not_ready}", late=late)
    outcomes, given_up = _work_through(site, orders, check_stop, beat)
    wanted = late | {o.late_members for o in outcomes if o.late_members is not None}
    if given_up:
        return PassReport(outcomes=outcomes, late=wanted, given_up=given_up)
    again = add_late_members(site, wanted, check_stop=check_stop, beat=beat)
    return PassReport(outcomes=outcomes, late=frozenset(again))


def process_order(site: Site, order: Order, *, check_stop: Callable[[], None]) -> Outcome:
    """Work on one order, as a pass of one; its late members are left to the caller.

    Raises:
        StoppedError: the process was asked to end.
    """
    not_ready = _preflight(site)
    with _bound(order):
        if not not_ready:
            return _work_safely(site, order, check_stop)
        logger.warning("orders.preflight_failed", why=not_ready)
        return Outcome(order=order, ending=Ending.LEFT, message=not_ready, outage=True)


def _preflight(site: Site) -> str:
    """Ask a backend that wants to be asked whether this pass makes sense; why not, or nothing."""
    if not site.backend.supports_cycle_preflight:
        return ""
    try:
        site.backend.run_preflight()
    except Exception as error:  # noqa: BLE001 - a plugin that cannot say that it is ready is not
        return str(error) or type(error).__name__
    return ""


def _work_through(
    site: Site, orders: Sequence[Order], check_stop: Callable[[], None], beat: Callable[[], None]
) -> tuple[list[Outcome], str]:
    """Work on every order, unless nobody answers any more."""
    outcomes: list[Outcome] = []
    silent = 0
    for order in orders:
        beat()
        with _bound(order):
            outcome = _work_safely(site, order, check_stop)
        outcomes.append(outcome)
        silent = silent + 1 if outcome.outage else 0
        if silent >= OUTAGES_BEFORE_GIVING_UP and _somebody_is_down(site):
            left = len(orders) - len(outcomes)
            logger.warning("orders.given_up", why=outcome.message, orders_left=left)
            return outcomes, outcome.message
    return outcomes, ""


def _somebody_is_down(site: Site) -> bool:
    """Tell silence from orders that fail by themselves: those must not keep the others waiting."""
    if not is_answering(site.backend):
        return True
    try:
        site.waldur.server.current_user()
    except WaldurError:
        return True
    return False


def _work_safely(site: Site, order: Order, check_stop: Callable[[], None]) -> Outcome:
    outcome = _worked_on(site, order, check_stop)
    kind = f"{order.type}_order".lower()
    changed(offering=site.offering.name, kind=kind, outcome=str(outcome.ending))
    return outcome


def _worked_on(site: Site, order: Order, check_stop: Callable[[], None]) -> Outcome:
    try:
        return work_on(site, order, check_stop=check_stop)
    except StoppedError:
        raise
    except Exception as error:
        # One order that trips over a defect of ours must not stop the others.
        logger.exception("order.crashed")
        return Outcome(order=order, ending=Ending.LEFT, message=f"internal error: {error!r}")


def plan_orders(site: Site, orders: Sequence[Order]) -> Iterator[tuple[Order, Plan]]:
    """For a dry run: what would be done about each order, without doing any of it."""
    for order in orders:
        with _bound(order):
            yield order, _plan_dry(site, order)


def _plan_dry(site: Site, order: Order) -> Plan:
    try:
        return plan_order(observe(site, order, dry_run=True))
    except OrderRefusedError as refusal:
        return (Fail(reason=str(refusal)),)
    except (OrderLeftError, WaldurError) as error:
        return (Wait(reason=str(error)),)
    except Exception as error:
        # One order that trips over a defect must not keep the others' plans from being shown.
        logger.exception("order.crashed")
        return (Wait(reason=f"internal error: {error!r}"),)


def _bound(order: Order) -> AbstractContextManager[None]:
    resource = order.marketplace_resource_uuid
    return structlog.contextvars.bound_contextvars(
        order=order.uuid.hex, order_type=str(order.type), resource=resource.hex if resource else ""
    )
