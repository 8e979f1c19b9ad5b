"""Months as MAM is asked about them. Pure.

A month begins at midnight in the agent's zone, and MAM reads times in a zone of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

MONTHS = 12
SECONDS = "%Y-%m-%dT%H:%M:%S"


@dataclass(frozen=True, kw_only=True)
class Window:
    """A month's first and last second as MAM's commands take them, both included."""

    first: str
    last: str


def month_window(year: int, month: int, *, timezone: str, mam_timezone: str) -> Window:
    """Write a month for MAM.

    Args:
        year: of the month.
        month: 1 to 12.
        timezone: the zone in which it begins and ends; empty for this host's own.
        mam_timezone: the zone in which MAM reads times; empty for this host's own.

    Raises:
        ValueError: there is no such month, or no such zone.
    """
    following = datetime(year + month // MONTHS, month % MONTHS + 1, 1)  # noqa: DTZ001 - placed in its zone below
    first = datetime(year, month, 1)  # noqa: DTZ001 - likewise
    begins, ends = _placed(first, timezone), _placed(following, timezone)
    zone = _zone(mam_timezone)
    return Window(
        first=begins.astimezone(zone).strftime(SECONDS),
        last=(ends.astimezone(zone) - timedelta(seconds=1)).strftime(SECONDS),
    )


def _placed(midnight: datetime, timezone: str) -> datetime:
    zone = _zone(timezone)
    return midnight.replace(tzinfo=zone) if zone else midnight.astimezone()


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError) as error:
        # The three that zoneinfo raises for names that are unknown, malformed or folders.
        raise ValueError(f"there is no time zone {name!r}") from error
