"""The loop of the polling modes: a pass, a pause, a pass."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.runtime.stop import Stop


def poll(
    work: Callable[[], object],
    *,
    period_seconds: float,
    stop: Stop,
    tick: Callable[[], float],
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Work at once and then every period, until the end is asked for.

    The period runs from the end of one pass to the beginning of the next, as in the 1.x agent.

    Args:
        work: makes a pass.
        period_seconds: the pause between two.
        stop: the wish to end.
        tick: called during pauses; answers with how soon it wants to be called again, in seconds.
        clock: seconds that never go back.
    """
    while not stop.requested:
        work()
        due = clock() + period_seconds
        while not stop.requested and clock() < due:
            soon = tick()
            stop.wait(min(soon, max(0.0, due - clock())))
