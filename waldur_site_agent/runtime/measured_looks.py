"""Counting and tracing the looks of event_process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from waldur_site_agent.events.keys import Kind
from waldur_site_agent.metrics import counting
from waldur_site_agent.runtime.tracing import traced
from waldur_site_agent.work.settlements import Again, Done, Ended, Later

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from waldur_site_agent.events.health import Health
    from waldur_site_agent.looks.adding import WorkKey
    from waldur_site_agent.looks.outcome import Outcome
    from waldur_site_agent.work.entries import Entry
    from waldur_site_agent.work.queue import WorkQueue
    from waldur_site_agent.work.settlements import Settlement

    Look: TypeAlias = Callable[[Entry[WorkKey]], Outcome]

WHOLE = frozenset({Kind.ORDERS, Kind.MEMBERS})
"""Looks at all of an offering: a reconciliation consists of these."""
SAME_FOR_PASSES = frozenset({"done", "stopped", "crashed"})
"""Outcomes of such a look that a pass has as well; anything else is a failure there."""


class MeasuredLook:
    """A look that counts how it went."""

    def __init__(self, look: Look, *, offering: str) -> None:
        """Count nothing yet."""
        self._look = look
        self._offering = offering

    def __call__(self, entry: Entry[WorkKey]) -> Outcome:
        """Look; what a defect raises is counted and passed on."""
        kind, started, ending = str(entry.key.key.kind), time.monotonic(), "crashed"
        try:
            with traced(kind, offering=self._offering):
                outcome = self._look(entry)
            ending = ending_of(outcome.settlement)
            return outcome
        finally:
            self._count(entry, ending, seconds=time.monotonic() - started)

    def _count(self, entry: Entry[WorkKey], ending: str, *, seconds: float) -> None:
        offering, kind = self._offering, entry.key.key.kind
        counting.looked(offering=offering, kind=str(kind), outcome=ending, seconds=seconds)
        if entry.acks and ending == "done":
            lag = time.monotonic() - entry.since
            counting.event_done(offering=offering, kind=str(kind), seconds=lag)
        if kind in WHOLE:
            mode = f"event_process_{kind}"
            ended = ending if ending in SAME_FOR_PASSES else "failed"
            counting.pass_ended(offering=offering, mode=mode, outcome=ended, seconds=seconds)


def ending_of(settlement: Settlement) -> str:
    """Name how a look ended."""
    match settlement:
        case Done():
            return "done"
        case Again():
            return "again"
        case Later():
            return "later"
        case Ended():
            return "ended"
    return "stopped"


def watch(offering: str, queue: WorkQueue[WorkKey], health: Callable[[], Sequence[Health]]) -> None:
    """Have an offering's queue and its connections for events seen in the figures."""
    counting.watch_queue(
        offering, depth=lambda: queue.depth, oldest_seconds=lambda: queue.oldest_seconds
    )
    counting.watch_connection(offering, is_up=lambda: all_up(health()))


def all_up(lines: Sequence[Health]) -> bool:
    """Whether every connection is up; an offering that wants no events lacks none."""
    return all(line.connected_since is not None for line in lines)
