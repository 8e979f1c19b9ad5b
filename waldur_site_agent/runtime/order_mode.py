"""The order_process mode: what it does for one offering in one pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.orders.late_members import completed_since
from waldur_site_agent.orders.order_pass import (
    PassReport,
    list_orders,
    plan_orders,
    process_orders,
)
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.runtime.offering_work import OfferingWork
from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from waldur_site_agent.orders.plan import Plan
    from waldur_site_agent.waldur.models import Order

logger = structlog.get_logger(__name__)

LOOK_BACK = timedelta(days=1)
"""How far back the first pass looks for resources whose members may have been forgotten."""


class OfferingOrders(OfferingWork):
    """One offering's orders, pass after pass."""

    mode = "order_process"
    role = Role.ORDER_PROCESSING
    processor = "OfferingOrderProcessor"

    _late: frozenset[UUID] | None = None
    """Resources whose members are to be looked at; None until they were read."""
    _is_known = False

    def work(self, *, check_stop: Callable[[], None], beat: Callable[[], None]) -> PassReport:
        """Make one pass; see the base class."""
        self._require_known()
        orders = list_orders(self._waldur, self.offering.waldur_offering_uuid)
        late = self._wanting_members()
        self._register()
        if not orders and not late:
            return PassReport()
        with self._site() as site:
            report = process_orders(site, orders, late=late, check_stop=check_stop, beat=beat)
        self._late = report.late
        logger.info("orders.pass", **report.counts(), members_later=len(report.late))
        return report

    def dry_run(self) -> Iterator[tuple[Order, Plan]]:
        """Say what a pass would do, and do none of it; raises as :meth:`work`."""
        self._require_known()
        orders = list_orders(self._waldur, self.offering.waldur_offering_uuid)
        if orders:
            with self._site() as site:
                yield from plan_orders(site, orders)

    def _require_known(self) -> None:
        """Make sure, once, that Waldur has the offering: a mistyped one merely has no orders."""
        if not self._is_known:
            self._waldur.offerings.get(self.offering.waldur_offering_uuid)
            self._is_known = True

    def _wanting_members(self) -> frozenset[UUID]:
        """Resources whose members are to be looked at: after a start, the latest ones."""
        if self._late is None:
            since = datetime.now(UTC) - LOOK_BACK
            uuid = self.offering.waldur_offering_uuid
            try:
                self._late = frozenset(completed_since(self._waldur, uuid, since))
            except WaldurError as error:
                logger.warning("late_members.unknown", error=str(error), consequence="tried again")
                return frozenset()
        return self._late
