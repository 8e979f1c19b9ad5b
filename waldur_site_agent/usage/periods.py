"""Months: which ones a pass reports, and the moment by which Waldur files them.

Pure. A month begins and ends at midnight in the configured time zone; Waldur files what it is sent
by the month of the sent moment, in UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

MONTHS = 12
CLOSING = timedelta(days=1)
"""How long into a month the previous one is reported too, for its last hours' sake."""
WRITTEN = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


class Month(NamedTuple):
    """A billing period. Months are ordered in time."""

    year: int
    month: int

    def __str__(self) -> str:
        """Write it as ``2026-11``."""
        return f"{self.year:04}-{self.month:02}"

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read ``2026-11``.

        Raises:
            ValueError: the text is none, or there is no such month.
        """
        found = WRITTEN.fullmatch(text.strip())
        if found is None or not 1 <= int(found[2]) <= MONTHS or not int(found[1]):
            raise ValueError(f"{text!r} is no month; write it as YYYY-MM")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, moment: datetime, zone: tzinfo) -> Month:
        """The month of a moment, as the clocks of a zone show it."""
        there = moment.astimezone(zone)
        return cls(there.year, there.month)

    @property
    def first_day(self) -> date:
        """By which Waldur calls the billing period."""
        return date(self.year, self.month, 1)

    def before(self, months: int = 1) -> Month:
        """The month that was so many months earlier."""
        index = self.year * MONTHS + self.month - 1 - months
        return Month(index // MONTHS, index % MONTHS + 1)

    def begin(self, zone: tzinfo) -> datetime:
        """The first moment that belongs to the month both in a zone and in UTC, in UTC.

        Midnight of the 1st east of UTC is the previous month in UTC, and west of it, midnight in
        UTC is the previous month at the site.
        """
        there = datetime(self.year, self.month, 1, tzinfo=zone).astimezone(UTC)
        return max(there, datetime(self.year, self.month, 1, tzinfo=UTC))


def months_to_report(now: datetime, zone: tzinfo, periods: int) -> list[Month]:
    """Tell which months a pass reports that begins now.

    Args:
        now: with its time zone.
        zone: of the site.
        periods: how many months, the current one included; at least 1.

    Returns:
        From the oldest to the current one. The current one is left out while it has not begun in
        UTC; the previous one is always there during the first day of a month.
    """
    current = Month.of(now, zone)
    begun = current.begin(zone)
    closing = now < begun + CLOSING
    oldest = max(periods - 1, 1 if closing else 0)
    newest = 0 if now >= begun else 1
    return [current.before(back) for back in range(oldest, newest - 1, -1)]


def asked_months(written: Iterable[str], zone: str, *, now: datetime | None = None) -> list[Month]:
    """Read the months that a person names.

    Args:
        written: as ``YYYY-MM``.
        zone: the name of the site's time zone.
        now: with a time zone; the present by default.

    Raises:
        ValueError: one is no month, or has not begun; the message says so.
    """
    present = now or datetime.now(UTC)
    months = sorted({Month.parse(text) for text in written})
    for month in months:
        if present < month.begin(ZoneInfo(zone)):
            raise ValueError(f"{month} has not begun")
    return months


def months_between(first: Month, last: Month) -> list[Month]:
    """List the months from one to another, both included; none where the last comes first."""
    months = []
    while last >= first:
        months.append(last)
        last = last.before()
    return months[::-1]
