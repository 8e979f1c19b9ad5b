"""The report mode: what it does for one offering in one pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.runtime.offering_work import OfferingWork
from waldur_site_agent.usage.dry_run import PlannedUsage, plan_pass
from waldur_site_agent.usage.telling import tell_pass
from waldur_site_agent.usage.usage_pass import UsagePass, months_of_pass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.plugins.loading import LoadedPlugin
    from waldur_site_agent.runtime.connections import Connections
    from waldur_site_agent.usage.periods import Month
    from waldur_site_agent.usage.report import UsageReport


class OfferingUsage(OfferingWork):
    """One offering's usage, pass after pass."""

    mode = "report"
    role = Role.REPORTING
    processor = "OfferingReportProcessor"

    def __init__(
        self,
        offering: Offering,
        configuration: AgentConfiguration,
        plugin: LoadedPlugin,
        *,
        version: str,
        connections: Connections,
        only: Sequence[str] = (),
        months: Sequence[Month] = (),
    ) -> None:
        """Prepare to work; nothing is asked yet.

        Args:
            offering: what is worked on.
            configuration: of the agent.
            plugin: the offering's reporting backend.
            version: the agent's.
            connections: of the process.
            only: names, ids on the backend or UUIDs of resources; none for all.
            months: what to report instead of the usual months.
        """
        super().__init__(offering, configuration, plugin, version=version, connections=connections)
        self._only = only
        self._asked_for = sorted(set(months))
        self._closed: set[Month] = set()

    def work(self, *, check_stop: Callable[[], None], beat: Callable[[], None]) -> UsageReport:
        """Make one pass; see the base class.

        Raises:
            UnknownResourceError: a resource that was asked for is not there.
        """
        months = self._months()
        self._register()
        with self._site() as site:
            report = UsagePass(
                site, months=months, only=self._only, check_stop=check_stop, beat=beat
            ).run()
        self._closed |= report.closed.keys()
        tell_pass(report, months, offering=self.offering.name)
        return report

    def dry_run(self) -> Iterator[PlannedUsage]:
        """Say what a pass would do, and do none of it; raises as :meth:`work`."""
        with self._site() as site:
            yield from plan_pass(site, months=self._months(), only=self._only)

    def _months(self) -> list[Month]:
        """Those that were asked for, or the usual ones less those that Waldur has closed."""
        settings = self._configuration
        return self._asked_for or months_of_pass(
            settings.timezone, settings.reporting_periods, closed=frozenset(self._closed)
        )
