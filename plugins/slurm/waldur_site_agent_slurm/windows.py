"""Months as spans of time. Pure.

A span is given to Slurm in seconds since the epoch, so neither the host's zone nor a change to or
from daylight saving time moves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

MONTHS = 12
EARLIEST = 1_000_000
"""The first moment that Slurm's commands take as seconds since the epoch."""


@dataclass(frozen=True)
class Window:
    """From one moment up to, but not including, another; seconds since the epoch."""

    start: int
    end: int

    @property
    def seconds(self) -> int:
        """How long it is; a window that ends before it begins is empty."""
        return max(0, self.end - self.start)

    def until(self, moment: int) -> Window:
        """The part before a moment: running jobs have not used the future yet."""
        return Window(self.start, min(self.end, moment))


def month_window(year: int, month: int, timezone: str = "") -> Window:
    """The span from a month's first midnight to the next month's.

    Where the clocks are changed at that midnight, the month begins with the change, or at the first
    of two midnights.

    Args:
        year: of the month.
        month: 1 to 12.
        timezone: a name such as ``Europe/Tallinn``; empty for this host's own zone.

    Raises:
        ValueError: there is no such month, or no such zone.
    """
    following = datetime(year + month // MONTHS, month % MONTHS + 1, 1)  # noqa: DTZ001 - placed in its zone below
    first = datetime(year, month, 1)  # noqa: DTZ001 - likewise
    return Window(_moment(first, timezone), _moment(following, timezone))


def _moment(midnight: datetime, timezone: str) -> int:
    return int(midnight.replace(tzinfo=_zone(timezone)).timestamp())


def _zone(timezone: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(timezone) if timezone else None
    except (KeyError, ValueError, OSError) as error:
        # The three that zoneinfo raises for names that are unknown, malformed or folders.
        raise ValueError(f"there is no time zone {timezone!r}") from error
