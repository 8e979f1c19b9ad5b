"""Looks at what an offering's resources used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.looks.outcome import Outcome
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.usage.telling import tell_pass
from waldur_site_agent.usage.usage_pass import UsagePass, months_of_pass
from waldur_site_agent.work.settlements import Again, Done

if TYPE_CHECKING:
    from waldur_site_agent.looks.desk import Desk
    from waldur_site_agent.usage.periods import Month


class UsageLook:
    """An offering's usage, time after time. Months that Waldur has closed are not tried again."""

    def __init__(self) -> None:
        """No month is known to be closed."""
        self._closed: set[Month] = set()

    def look(self, desk: Desk) -> Outcome:
        """Report what was used, as a pass of the report mode does.

        Raises:
            WaldurError: Waldur did not list resources or usages.
            BackendError: the backend did not answer at all.
            StoppedError: the process is to end.
        """
        settings, closed = desk.configuration, frozenset(self._closed)
        months = months_of_pass(settings.timezone, settings.reporting_periods, closed=closed)
        with desk.site(Role.REPORTING, keep=()) as site:
            report = UsagePass(
                site, months=months, check_stop=desk.check_stop, beat=desk.beat
            ).run()
        desk.forget()
        self._closed |= report.closed.keys()
        tell_pass(report, months, offering=desk.offering.name)
        settlement = Again(report.given_up) if report.given_up else Done()
        return Outcome(settlement=settlement, left=report.failed)
