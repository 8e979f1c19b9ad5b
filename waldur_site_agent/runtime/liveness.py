"""Whether a process that works on queues gets on (pure).

The heartbeat is renewed only while it does, so that a probe restarts what a restart may cure. What
Waldur refuses, it would refuse to the next process too: that alone keeps nobody from living.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waldur_site_agent.events.health import Health

REFUSED = "registration_refused"


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long something may not get on, in seconds."""

    line_down: float
    worker_stuck: float


@dataclass(frozen=True, kw_only=True)
class Labour:
    """How a worker is.

    Attributes:
        subject: what it works on.
        is_alive: its thread runs.
        stuck_seconds: how long its work in hand has not got on.
    """

    subject: str
    is_alive: bool
    stuck_seconds: float


@dataclass(frozen=True, kw_only=True)
class Condition:
    """How an offering's threads are.

    Attributes:
        name: the offering's.
        workers: those that work on it.
        lines: its connections to the broker.
    """

    name: str
    workers: Sequence[Labour]
    lines: Sequence[Health] = ()


def ailments(condition: Condition, patience: Patience, *, now: float) -> Iterator[str]:
    """Say what a restart may cure, in an administrator's words."""
    for worker in condition.workers:
        yield from _ailments_of_worker(worker, condition.name, patience.worker_stuck)
    for line in condition.lines:
        yield from _ailments_of_line(line, condition.name, patience.line_down, now)


def _ailments_of_worker(worker: Labour, name: str, longest: float) -> Iterator[str]:
    if not worker.is_alive:
        yield f"{name}: the thread that works on its {worker.subject} ended"
    if worker.stuck_seconds > longest:
        minutes = worker.stuck_seconds / 60
        yield f"{name}: work on its {worker.subject} has not got on for {minutes:.0f} minutes"


def _ailments_of_line(line: Health, name: str, longest: float, now: float) -> Iterator[str]:
    which = line.name or "events"
    if not line.working:
        yield f"{name}: the thread that reads its {which} ended"
    elif line.down_since is not None and line.kind != REFUSED and now - line.down_since > longest:
        minutes = (now - line.down_since) / 60
        yield f"{name}: no connection for its {which} for {minutes:.0f} minutes ({line.reason})"
