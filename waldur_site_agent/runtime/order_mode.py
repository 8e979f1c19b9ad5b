"""The order_process mode: what it does for one offering in one pass."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.orders.late_members import changed_since
from waldur_site_agent.orders.order_pass import (
    PassReport,
    list_orders,
    plan_orders,
    process_orders,
)
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.runtime.registration import Processor, Registration
from waldur_site_agent.sites.opening import connection_settings, open_site
from waldur_site_agent.waldur.connection import connect
from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.orders.plan import Plan
    from waldur_site_agent.plugins.loading import LoadedPlugin
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Order

logger = structlog.get_logger(__name__)

MODE = "order_process"
LOOK_BACK = timedelta(days=1)
"""How far back the first pass looks for resources whose members may have been forgotten."""


class OfferingOrders:
    """One offering's orders, pass after pass."""

    def __init__(
        self,
        offering: Offering,
        configuration: AgentConfiguration,
        plugin: LoadedPlugin,
        *,
        version: str,
    ) -> None:
        """Prepare to work; nothing is asked yet."""
        self.offering = offering
        self._configuration = configuration
        self._plugin = plugin
        user_agent = f"waldur-site-agent-{MODE}/{version}"
        self._connection = connection_settings(offering, configuration, user_agent=user_agent)
        self._waldur = connect(self._connection)
        self._registration = Registration(
            self._waldur, offering.waldur_offering_uuid, mode=MODE, version=version
        )
        self._late: frozenset[UUID] | None = None
        self._is_known = False

    def work(self, *, check_stop: Callable[[], None], beat: Callable[[], None]) -> PassReport:
        """Make one pass.

        Raises:
            StoppedError: the process was asked to end.
            WaldurError: Waldur did not tell about its orders or the offering.
            PluginError: the backend refuses its settings.
        """
        self._require_known()
        orders = list_orders(self._waldur, self.offering.waldur_offering_uuid)
        late = self._wanting_members()
        self._registration.ran(self._processor())
        if not orders and not late:
            return PassReport()
        site = self._open()
        with _pass_of(site):
            report = process_orders(site, orders, late=late, check_stop=check_stop, beat=beat)
        self._late = report.late
        logger.info("orders.pass", **report.counts(), members_later=len(report.late))
        return report

    def dry_run(self) -> Iterator[tuple[Order, Plan]]:
        """Say what a pass would do, and do none of it.

        Raises:
            WaldurError: Waldur did not tell about its orders or the offering.
            PluginError: the backend refuses its settings.
        """
        self._require_known()
        orders = list_orders(self._waldur, self.offering.waldur_offering_uuid)
        if not orders:
            return
        site = self._open()
        with _pass_of(site):
            yield from plan_orders(site, orders)

    def close(self) -> None:
        """Let go of the connection to Waldur."""
        self._waldur.close()

    def _require_known(self) -> None:
        """Make sure, once, that Waldur has the offering: a mistyped one merely has no orders."""
        if not self._is_known:
            self._waldur.offerings.get(self.offering.waldur_offering_uuid)
            self._is_known = True

    def _wanting_members(self) -> frozenset[UUID]:
        """Resources whose members are to be looked at: after a start, those that changed lately."""
        if self._late is None:
            since = datetime.now(UTC) - LOOK_BACK
            uuid = self.offering.waldur_offering_uuid
            try:
                self._late = frozenset(changed_since(self._waldur, uuid, since))
            except WaldurError as error:
                logger.warning("late_members.unknown", error=str(error), consequence="tried again")
                return frozenset()
        return self._late

    def _open(self) -> Site:
        return open_site(
            self.offering,
            self._configuration,
            role=Role.ORDER_PROCESSING,
            waldur=self._waldur,
            connection=self._connection,
        )

    def _processor(self) -> Processor:
        cls = self._plugin.cls
        return Processor(
            name="OfferingOrderProcessor",
            backend_type=f"{cls.__module__}.{cls.__qualname__}",
            backend_version=self._plugin.version,
        )


@contextmanager
def _pass_of(site: Site) -> Iterator[None]:
    """Let the backend know where a pass begins and ends."""
    site.backend.begin_pass()
    try:
        yield
    finally:
        site.backend.end_pass()
