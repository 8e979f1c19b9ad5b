"""One pass over an offering's usage."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from waldur_site_agent.usage.months import plan_month, rules_of
from waldur_site_agent.usage.people import People
from waldur_site_agent.usage.periods import Month, months_to_report
from waldur_site_agent.usage.refusals import GivenUpError, MisfiledError, MonthClosedError
from waldur_site_agent.usage.report import UsageReport
from waldur_site_agent.usage.resources import find_resources
from waldur_site_agent.usage.sending import Sending
from waldur_site_agent.usage.telling import tell_planned, tell_unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.usage.plan import Rules
    from waldur_site_agent.usage.resources import Reported

logger = structlog.get_logger(__name__)


def months_of_pass(
    zone: str, periods: int, *, now: datetime | None = None, closed: frozenset[Month] = frozenset()
) -> list[Month]:
    """Fix the months that a pass reports, from the oldest on.

    Args:
        zone: the name of the site's time zone.
        periods: how many, the current one included.
        now: with a time zone; the present by default.
        closed: months of which Waldur takes no more usage.
    """
    months = months_to_report(now or datetime.now(UTC), ZoneInfo(zone), periods)
    return [month for month in months if month not in closed]


class UsagePass:
    """One pass; made anew for each.

    Args of the constructor:
        site: the offering at work.
        months: those that are reported, from the oldest on. Fixed, however long the pass takes.
        only: the resources to report on; none for all.
        reported: those resources, where they are known already.
        rules: how decreases are met; by default as the offering and its backend say.
        check_stop: raises StoppedError when the process should end.
        beat: called before each resource.
        clock: tells the time, with its zone.
    """

    def __init__(
        self,
        site: Site,
        *,
        months: Sequence[Month],
        only: Sequence[str] = (),
        reported: Reported | None = None,
        rules: Rules | None = None,
        check_stop: Callable[[], None],
        beat: Callable[[], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Prepare; nothing is asked yet."""
        self._site = site
        self._months = months
        self._only = only
        self._reported = reported
        self._rules = rules or rules_of(site)
        self._check_stop = check_stop
        self._beat = beat
        self._clock = clock
        self._report = UsageReport()

    def run(self) -> UsageReport:
        """Make the pass.

        Raises:
            WaldurError: Waldur did not list resources, users or usages.
            BackendUnavailableError: the backend did not answer at all.
            UnknownResourceError: a resource that was asked for is not there.
            StoppedError: the process was asked to end.
        """
        if not self._months:
            return self._report
        reported = self._reported or find_resources(self._site, self._only)
        tell_unseen(reported, self._report)
        if reported.there:
            self._work_on(reported)
        return self._report

    def _work_on(self, reported: Reported) -> None:
        people = People(self._site)
        try:
            for month in self._months:
                if month in self._report.closed:
                    continue
                self._check_stop()
                self._beat()
                with structlog.contextvars.bound_contextvars(month=str(month)):
                    self._month(month, reported, people)
        except GivenUpError as error:
            logger.warning("usage.given_up", why=str(error))
            self._report.given_up = str(error)

    def _month(self, month: Month, reported: Reported, people: People) -> None:
        found = plan_month(
            self._site,
            month,
            reported.there,
            people=people,
            rules=self._rules,
            corrected=self._report.misfiled,
        )
        tell_planned(found, self._report)
        sending = Sending(
            self._site,
            month,
            at=month.begin(ZoneInfo(self._site.backend.timezone)),
            is_past=self._is_past(month),
            people=people,
            report=self._report,
            check_stop=self._check_stop,
            beat=self._beat,
        )
        try:
            sending.send(found.planned)
        except MonthClosedError as error:
            self._close(month, error)
        except MisfiledError as error:
            self._close_past(error)

    def _close(self, month: Month, error: MonthClosedError) -> None:
        """Note that Waldur takes nothing for a month; of the current one it should."""
        if not self._is_past(month):
            logger.error("usage.month_refused", why=str(error))
            self._report.counts["refused"] += 1
            return
        logger.info("usage.month_closed", why=str(error))
        self._report.closed[month] = str(error)

    def _close_past(self, error: MisfiledError) -> None:
        """Report no past month to a Waldur that would take it for the current one."""
        self._report.counts["refused"] += 1
        self._report.misfiled = error.resource
        past = filter(self._is_past, self._months)
        self._report.closed.update(dict.fromkeys(past, str(error)))
        logger.error(
            "usage.misfiled",
            resource=error.resource.hex,
            why=str(error),
            consequence="past months are not reported; the resource's current month is corrected",
            remedy="upgrade Waldur, or set reporting_periods: 1",
        )

    def _is_past(self, month: Month) -> bool:
        """Whether a month is over for Waldur, which goes by UTC."""
        return month < Month.of(self._clock(), UTC)
