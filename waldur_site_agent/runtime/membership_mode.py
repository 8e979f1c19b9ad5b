"""The membership_sync mode: what it does for one offering in one pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.membership.dry_run import ResourcePlan, plan_pass
from waldur_site_agent.membership.statuses import StatusReports
from waldur_site_agent.membership.sync_pass import MembershipPass
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.runtime.offering_work import OfferingWork

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.membership.report import SyncReport
    from waldur_site_agent.plugins.loading import LoadedPlugin
    from waldur_site_agent.runtime.connections import Connections

logger = structlog.get_logger(__name__)


class OfferingMembers(OfferingWork):
    """One offering's members, usernames and states, pass after pass."""

    mode = "membership_sync"
    role = Role.MEMBERSHIP_SYNC
    processor = "OfferingMembershipProcessor"

    def __init__(
        self,
        offering: Offering,
        configuration: AgentConfiguration,
        plugin: LoadedPlugin,
        *,
        version: str,
        connections: Connections,
        only: Sequence[str] = (),
        force: bool = False,
    ) -> None:
        """Prepare to work; nothing is asked yet.

        Args:
            offering: what is worked on.
            configuration: of the agent.
            plugin: the offering's membership backend.
            version: the agent's.
            connections: of the process.
            only: names, ids on the backend or UUIDs of resources; none for all.
            force: hold nothing back, and make again what the backend lost.
        """
        super().__init__(offering, configuration, plugin, version=version, connections=connections)
        self._only = only
        self._force = force
        self._statuses = StatusReports()
        self._nameless = 0

    def work(self, *, check_stop: Callable[[], None], beat: Callable[[], None]) -> SyncReport:
        """Make one pass; see the base class.

        Raises:
            UnknownResourceError: a resource that was asked for is not there.
        """
        self._register()
        with self._site() as site:
            report = MembershipPass(
                site,
                only=self._only,
                force=self._force,
                statuses=self._statuses,
                check_stop=check_stop,
                beat=beat,
            ).run()
        self._tell(report)
        return report

    def dry_run(self) -> Iterator[ResourcePlan]:
        """Say what a pass would do, and do none of it; raises as :meth:`work`."""
        with self._site() as site:
            yield from plan_pass(site, only=self._only, force=self._force)

    def _tell(self, report: SyncReport) -> None:
        told = {name: count for name, count in report.counts.items() if count}
        logger.info("members.pass", **told)
        if report.counts["nameless"] > self._nameless:
            logger.warning(
                "usernames.nameless",
                count=report.counts["nameless"],
                plugin=self.offering.username_management_backend,
                consequence="they are on no resource until they have a name",
            )
        self._nameless = report.counts["nameless"]
