"""The loop of the polling modes: a pass, a pause, a pass."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.runtime.stop import Stop

TICK_SECONDS = 60.0
"""The heartbeat is renewed at least this often, however long the period."""


def poll(
    work: Callable[[], object],
    *,
    period_seconds: float,
    stop: Stop,
    beat: Callable[[], None],
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Work at once and then every period, until the end is asked for.

    The period runs from the end of one pass to the beginning of the next, as in the 1.x agent.
    """
    while not stop.requested:
        work()
        due = clock() + period_seconds
        while not stop.requested and clock() < due:
            beat()
            stop.wait(min(TICK_SECONDS, max(0.0, due - clock())))
