"""The agent that works on queues: offerings side by side, and a main loop that is never deaf."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.config.periods import STOMP_HANDLER_STUCK_AFTER, STOMP_UNHEALTHY_AFTER
from waldur_site_agent.runtime.liveness import Patience, ailments

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waldur_site_agent.runtime.running_offering import RunningOffering
    from waldur_site_agent.runtime.stop import Stop

logger = structlog.get_logger(__name__)

TICK_SECONDS = 60.0
WORK_SECONDS = 20.0
"""How long the end waits for the steps in hand, all offerings together."""
GOODBYE_SECONDS = 5.0
"""How long it then takes at most to leave the brokers."""


def configured_patience() -> Patience:
    """How long something may not get on, by the environment.

    Raises:
        ConfigurationError: a variable is no number of minutes.
    """
    return Patience(
        line_down=60 * STOMP_UNHEALTHY_AFTER.minutes(),
        worker_stuck=60 * STOMP_HANDLER_STUCK_AFTER.minutes(),
    )


@dataclass(frozen=True, kw_only=True)
class QueueAgent:
    """Offerings that work side by side, each with threads of its own."""

    offerings: Sequence[RunningOffering]
    stop: Stop
    patience: Patience
    beat: Callable[[], None]
    clock: Callable[[], float] = time.monotonic

    def once(self) -> bool:
        """Look at all of every offering, one by one; True when nothing failed or was left."""
        try:
            well = [one.once() for one in self.offerings if not self.stop.requested]
        finally:
            self._close()
        return all(well) and not self.stop.requested

    def forever(self) -> None:
        """Work until the end is asked for."""
        for offering in self.offerings:
            offering.start()
        while not self.stop.requested:
            due = self.tick()
            self.stop.wait(min(TICK_SECONDS, max(0.0, due - self.clock())))
        self.end()

    def tick(self) -> float:
        """Add what is due, and show that everything gets on, if it does.

        Answers with when something is due next.
        """
        now = self.clock()
        due = [offering.tick(now) for offering in self.offerings]
        self._show_that_all_get_on(now)
        return min(due)

    def end(self) -> None:
        """Finish the steps in hand, acknowledge what was done, and leave."""
        for offering in self.offerings:
            offering.begin_to_stop()
        work_until = self.clock() + WORK_SECONDS
        leave_until = work_until + GOODBYE_SECONDS
        for offering in self.offerings:
            offering.finish(
                work_seconds=max(0.0, work_until - self.clock()),
                goodbye_seconds=max(0.0, leave_until - self.clock()),
            )
        self._close()
        logger.info("agent.stopped")

    def _show_that_all_get_on(self, now: float) -> None:
        unwell = [
            ailment
            for offering in self.offerings
            for ailment in ailments(offering.condition(), self.patience, now=now)
        ]
        if not unwell:
            self.beat()
        for ailment in unwell:
            logger.error("agent.unwell", why=ailment, consequence="the heartbeat is not renewed")

    def _close(self) -> None:
        for offering in self.offerings:
            offering.close()
