"""What all lines of an offering have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.events.broker import Broker
    from waldur_site_agent.events.delivery import Deliver
    from waldur_site_agent.events.pace import Pace
    from waldur_site_agent.events.reading import Hints, Oddity
    from waldur_site_agent.events.session import Wishes


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How an offering's queues are read.

    Attributes:
        offering_name: for the log.
        read: makes hints of a message's body and its queue's object type.
        broker: where to connect.
        deliver: takes a message's hints over.
        without_common_queue: called when Waldur is of the older generation; the line then ends.
        wishes: heart-beats and prefetch.
        pace: how patiently it is tried again.
        clock: seconds, growing.
    """

    offering_name: str
    read: Callable[[bytes, str], Hints | Oddity]
    broker: Broker
    deliver: Deliver
    without_common_queue: Callable[[], None]
    wishes: Wishes
    pace: Pace
    clock: Callable[[], float]
