"""What anybody may count. Durations are seconds; nothing here raises or waits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from waldur_site_agent.metrics import measures, recording
from waldur_site_agent.metrics.recording import record, watch

if TYPE_CHECKING:
    from collections.abc import Callable

WENT_THROUGH = frozenset({"done", "left"})
"""Outcomes of passes that came to their end, whatever single objects met with."""


def pass_ended(*, offering: str, mode: str, outcome: str, seconds: float) -> None:
    """Count a pass: ``done``, ``left`` (something was), ``failed``, ``crashed`` or ``stopped``."""
    record(measures.PASSES, seconds, offering, mode, outcome)
    if outcome in WENT_THROUGH:
        record(measures.LAST_SUCCESS, time.time(), offering, mode)


def changed(*, offering: str, kind: str, outcome: str, number: int = 1) -> None:
    """Count changes of one kind by what became of them."""
    if number:
        record(measures.CHANGES, number, offering, kind, outcome)


def removals_held_back(*, offering: str, number: int) -> None:
    """Say how many removals a pass over the whole offering held back."""
    record(measures.REMOVALS_HELD_BACK, number, offering)


def waldur_asked(*, operation: str, outcome: str, seconds: float) -> None:
    """Count one attempt of a request to Waldur; the operation is the gateway's name for it."""
    record(measures.WALDUR_REQUESTS, seconds, operation, outcome)


def command_ran(*, program: str, outcome: str, seconds: float) -> None:
    """Count a backend's command: ``ok``, ``failed`` or ``no_answer``; the program without path."""
    record(measures.BACKEND_COMMANDS, seconds, program, outcome)


def looked(*, offering: str, kind: str, outcome: str, seconds: float) -> None:
    """Count a look of the work queue."""
    record(measures.LOOKS, seconds, offering, kind, outcome)


def event_done(*, offering: str, kind: str, seconds: float) -> None:
    """Say how long it took from the first message until the effect."""
    record(measures.EVENT_LAG, seconds, offering, kind)


def lines_shipped(*, offering: str, outcome: str, number: int) -> None:
    """Count log lines: ``sent``, ``refused`` or ``dropped``."""
    if number:
        record(measures.SHIPPED_LINES, number, offering, outcome)


def watch_queue(
    offering: str, *, depth: Callable[[], float], oldest_seconds: Callable[[], float]
) -> None:
    """Have an offering's queue read by whoever looks at the figures."""
    watch(measures.QUEUE_DEPTH, depth, offering)
    watch(measures.QUEUE_AGE, oldest_seconds, offering)


def watch_connection(offering: str, *, is_up: Callable[[], bool]) -> None:
    """Have it read whether an offering's connections for events are up."""
    watch(measures.EVENTS_CONNECTED, is_up, offering)


def watch_progress(age_seconds: Callable[[], float]) -> None:
    """Have it read how long ago the process got on."""
    watch(measures.PROGRESS_AGE, age_seconds)


def watch_settings(are_newest: Callable[[], bool]) -> None:
    """Have it read whether all that the settings' file says is in force."""
    watch(measures.SETTINGS_IN_FORCE, are_newest)


def stop_watching(offering: str) -> None:
    """Let go of an offering that is worked on no more."""
    recording.stop_watching(offering)


def agent_is(*, version: str, mode: str) -> None:
    """Say which agent this is."""
    record(measures.BUILD_INFO, 1, version, mode)
