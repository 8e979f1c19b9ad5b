"""One process of the agent: passes over the stage's offering, as the modes make them."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from waldur_site_agent.config.models import Offering
from waldur_site_agent.membership import dry_run as members_dry_run
from waldur_site_agent.membership.statuses import StatusReports
from waldur_site_agent.membership.sync_pass import MembershipPass
from waldur_site_agent.orders.late_members import completed_since
from waldur_site_agent.orders.order_pass import list_orders, plan_orders, process_orders
from waldur_site_agent.sites.reads import PassReads
from waldur_site_agent.sites.site import Site
from waldur_site_agent.usage import dry_run as usage_dry_run
from waldur_site_agent.usage.usage_pass import UsagePass, months_of_pass
from waldur_site_agent.waldur.connection import ConnectionSettings, RetryPolicy
from waldur_site_agent.waldur.gateway import Waldur
from waldur_site_agent.waldur.plugin_client import PluginClient
from waldur_site_agent.waldur.transport import Transport
from waldur_site_agent_testkit.mastermind.direct import transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from uuid import UUID

    from waldur_site_agent.backend.backends import AbstractUsernameManagementBackend, BaseBackend
    from waldur_site_agent.membership.report import SyncReport
    from waldur_site_agent.orders.order_pass import PassReport
    from waldur_site_agent.usage.report import UsageReport
    from waldur_site_agent_testkit.mastermind.world import World

API_URL = "https://waldur.example.org/api/"
AT_ONCE = RetryPolicy(attempts=2, first_wait=0, longest_wait=0, jitter=0)
ZONE = "UTC"


def _nothing() -> None:
    """Nobody stops a pass, and nobody watches its heartbeat."""


class Agent:
    """A process that lives until it is killed; another one remembers nothing of it."""

    def __init__(
        self,
        world: World,
        *,
        token: str,
        offering: Mapping[str, object],
        make_backend: Callable[[], BaseBackend],
        make_usernames: Callable[[Offering], AbstractUsernameManagementBackend],
    ) -> None:
        """Start.

        Args:
            world: the Mastermind.
            token: the agent's.
            offering: as the configuration has it, but for where Waldur is.
            make_backend: makes the plugin's backend for a pass.
            make_usernames: makes the backend that names users.
        """
        self._connection = ConnectionSettings(
            api_url=API_URL,
            token=token,
            retries=AT_ONCE,
            verify_ssl=False,  # there is no socket, and reading authorities takes long
        )
        self.waldur = Waldur(Transport(self._connection, network=transport(world)))
        self._offering = Offering.model_validate(
            {**offering, "waldur_api_url": API_URL, "waldur_api_token": token}
        )
        self._make_backend = make_backend
        self._make_usernames = make_usernames
        self._late: frozenset[UUID] | None = None
        self._statuses = StatusReports()

    @contextmanager
    def site(self) -> Iterator[Site]:
        """The offering at work, for one pass."""
        reads = PassReads(self.waldur, self._offering.waldur_offering_uuid)
        backend = self._make_backend()
        backend.timezone = ZONE
        backend.service_provider_uuid = reads.provider_uuid.hex if reads.provider_uuid else ""
        backend.begin_pass()
        try:
            yield self._site_of(backend, reads)
        finally:
            backend.end_pass()

    def _site_of(self, backend: BaseBackend, reads: PassReads) -> Site:
        return Site(
            offering=self._offering,
            waldur=self.waldur,
            client=PluginClient(self._connection, self.waldur),
            backend=backend,
            username_backend=self._make_usernames(self._offering),
            reads=reads,
            expose_error_details=True,
        )

    def orders(self) -> PassReport:
        """One pass of ``order_process``."""
        uuid = self._offering.waldur_offering_uuid
        orders = list_orders(self.waldur, uuid)
        if self._late is None:
            since = datetime.now(UTC) - timedelta(days=1)
            self._late = frozenset(completed_since(self.waldur, uuid, since))
        with self.site() as site:
            report = process_orders(
                site, orders, late=self._late, check_stop=_nothing, beat=_nothing
            )
        self._late = report.late
        return report

    def members(self, *, force: bool = False) -> SyncReport:
        """One pass of ``membership_sync``."""
        with self.site() as site:
            return MembershipPass(
                site, force=force, statuses=self._statuses, check_stop=_nothing, beat=_nothing
            ).run()

    def usage(self) -> UsageReport:
        """One pass of ``report``, over the current month."""
        with self.site() as site:
            return UsagePass(
                site, months=months_of_pass(ZONE, 1), check_stop=_nothing, beat=_nothing
            ).run()

    def plan(self) -> list[str]:
        """Dry runs of all three modes: what each would do."""
        orders = list_orders(self.waldur, self._offering.waldur_offering_uuid)
        with self.site() as site:
            planned: list[object] = [*plan_orders(site, orders)]
        with self.site() as site:
            planned += members_dry_run.plan_pass(site, only=(), force=False)
        with self.site() as site:
            planned += usage_dry_run.plan_pass(site, months=months_of_pass(ZONE, 1), only=())
        return list(map(str, planned))
