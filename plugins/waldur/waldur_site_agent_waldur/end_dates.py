"""Which side's end date counts. Pure.

The two sides' clocks are compared as they are: both have to be set by NTP. Equal dates never lead
to a write, so what one side took over does not come back.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from waldur_site_agent_waldur.settings import EndDates

if TYPE_CHECKING:
    from datetime import date, datetime


@dataclass(frozen=True)
class EndDate:
    """An end date, and when somebody set or cleared it last; None for never."""

    day: date | None
    changed: datetime | None = None


class Follower(StrEnum):
    """The side that takes over the other's date."""

    SOURCE = "source"
    TARGET = "target"


def follower(direction: EndDates, *, source: EndDate, target: EndDate) -> Follower | None:
    """Say which side is to follow the other; None when nothing is to be done."""
    if source.day == target.day:
        return None
    match direction:
        case EndDates.A_TO_B:
            return Follower.TARGET
        case EndDates.B_TO_A:
            return Follower.SOURCE
        case EndDates.DISABLED:
            return None
        case EndDates.BIDIRECTIONAL:
            return _behind(source.changed, target.changed)


def _behind(source: datetime | None, target: datetime | None) -> Follower | None:
    """The side whose date is older; a date that was never set by anybody counts as oldest."""
    if source is None or target is None:
        return None if source is target else (Follower.TARGET if source else Follower.SOURCE)
    if source == target:
        return None
    return Follower.TARGET if source > target else Follower.SOURCE
