"""Counting and tracing the looks of a process that works on queues."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from waldur_site_agent.events.keys import Kind
from waldur_site_agent.metrics import counting
from waldur_site_agent.runtime.tracing import traced
from waldur_site_agent.work.settlements import Again, Done, Ended, Interrupted, Later

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from waldur_site_agent.events.health import Health
    from waldur_site_agent.looks.adding import WorkKey
    from waldur_site_agent.looks.outcome import Outcome
    from waldur_site_agent.work.entries import Entry
    from waldur_site_agent.work.settlements import Settlement

    Look: TypeAlias = Callable[[Entry[WorkKey]], Outcome]

WHOLE = frozenset({Kind.ORDERS, Kind.MEMBERS, Kind.USAGE})
"""Looks at all of an offering: they count as passes."""


class MeasuredLook:
    """A look that counts how it went."""

    def __init__(self, look: Look, *, offering: str, mode: str) -> None:
        """Count nothing yet."""
        self._look = look
        self._offering = offering
        self._mode = mode

    def __call__(self, entry: Entry[WorkKey]) -> Outcome:
        """Look; what a defect raises is counted and passed on."""
        kind, started, ending, as_pass = entry.key.key.kind, time.monotonic(), "crashed", "crashed"
        try:
            with traced(str(kind), offering=self._offering):
                outcome = self._look(entry)
            ending, as_pass = ending_of(outcome.settlement), ending_of_pass(outcome)
            return outcome
        finally:
            seconds = time.monotonic() - started
            self._count(entry, ending, seconds)
            if kind in WHOLE:
                self._count_pass(kind, as_pass, seconds)

    def _count(self, entry: Entry[WorkKey], ending: str, seconds: float) -> None:
        offering, kind = self._offering, str(entry.key.key.kind)
        counting.looked(offering=offering, kind=kind, outcome=ending, seconds=seconds)
        if entry.acks and ending == "done":
            lag = time.monotonic() - entry.since
            counting.event_done(offering=offering, kind=kind, seconds=lag)

    def _count_pass(self, kind: Kind, ending: str, seconds: float) -> None:
        mode = f"{self._mode}_{kind}"
        counting.pass_ended(offering=self._offering, mode=mode, outcome=ending, seconds=seconds)


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


def ending_of_pass(outcome: Outcome) -> str:
    """Name how a look at all of an offering ended, in the words for passes."""
    match outcome.settlement:
        case Done():
            return "left" if outcome.left else "done"
        case Interrupted():
            return "stopped"
    return "failed"


def all_up(lines: Sequence[Health]) -> bool:
    """Whether every connection is up; an offering that wants no events lacks none."""
    return all(line.connected_since is not None for line in lines)
