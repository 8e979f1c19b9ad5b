"""The agent that works on queues: offerings side by side, and a main loop that is never deaf."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.config.periods import STOMP_HANDLER_STUCK_AFTER, STOMP_UNHEALTHY_AFTER
from waldur_site_agent.runtime.liveness import Patience, ailments
from waldur_site_agent.runtime.succession import GOODBYE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waldur_site_agent.runtime.renewal import Renewal
    from waldur_site_agent.runtime.running_offering import RunningOffering
    from waldur_site_agent.runtime.stop import Stop
    from waldur_site_agent.runtime.succession import Succession

logger = structlog.get_logger(__name__)

TICK_SECONDS = 60.0
MOVING_SECONDS = 0.2
"""How often it is looked whether those who leave have left."""
WORK_SECONDS = 20.0
"""How long the end waits for the steps in hand, all offerings together; leaving the brokers then
takes GOODBYE_SECONDS at most."""


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
    """Offerings that work side by side, each with threads of its own.

    Attributes:
        offerings: who works.
        stop: the wish to end.
        patience: how long something may not get on.
        beat: shows that the process gets on.
        renewal: brings new settings; None where they stay as they are.
        clock: seconds that never go back.
    """

    offerings: Succession
    stop: Stop
    patience: Patience
    beat: Callable[[], None]
    renewal: Renewal[RunningOffering] | None = None
    clock: Callable[[], float] = time.monotonic

    def forever(self) -> None:
        """Work until the end is asked for."""
        while not self.stop.requested:
            self.stop.wait(self.tick())
        self.end()

    def tick(self) -> float:
        """Take over new settings, add what is due, and show that everything gets on, if it does.

        Answers with how many seconds the next tick can wait.
        """
        self._renew()
        self.offerings.move_up()
        now = self.clock()
        due = [offering.tick(now) for offering in self.offerings.working]
        self._show_that_all_get_on(now)
        return max(0.0, min([self._patience_with_settings(), *(at - now for at in due)]))

    def end(self) -> None:
        """Finish the steps in hand, acknowledge what was done, and leave."""
        everybody = self.offerings.everybody
        for offering in everybody:
            offering.begin_to_stop()
        work_until = self.clock() + WORK_SECONDS
        for offering in everybody:
            offering.finish_work(seconds=max(0.0, work_until - self.clock()))
        leave_until = self.clock() + GOODBYE_SECONDS
        for offering in everybody:
            offering.leave(seconds=max(0.0, leave_until - self.clock()))
        self.offerings.close()
        logger.info("agent.stopped")

    def _renew(self) -> None:
        turn = None if self.renewal is None else self.renewal.look()
        if turn is not None:
            self.offerings.turn(turn)

    def _patience_with_settings(self) -> float:
        if self.offerings.is_under_way:
            return MOVING_SECONDS
        return TICK_SECONDS if self.renewal is None else self.renewal.wait_seconds

    def _show_that_all_get_on(self, now: float) -> None:
        unwell = [
            ailment
            for offering in self.offerings.everybody
            for ailment in ailments(offering.condition(), self.patience, now=now)
        ]
        if not unwell:
            self.beat()
        for ailment in unwell:
            logger.error("agent.unwell", why=ailment, consequence="the heartbeat is not renewed")


def look_once(offerings: Sequence[RunningOffering], stop: Stop) -> bool:
    """Look at all of every offering, one by one; True when nothing failed or was left."""
    try:
        well = [one.once() for one in offerings if not stop.requested]
    finally:
        for one in offerings:
            one.close()
    return all(well) and not stop.requested
