"""One offering that a process works on: its lanes of work, and its ears."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.metrics import counting
from waldur_site_agent.runtime.liveness import Condition
from waldur_site_agent.runtime.measured_looks import all_up
from waldur_site_agent.waldur.call import hex_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waldur_site_agent.config.models import Offering
    from waldur_site_agent.events.health import Health
    from waldur_site_agent.runtime.lane import Lane
    from waldur_site_agent.runtime.listening import Listening
    from waldur_site_agent.runtime.stop import Stop

logger = structlog.get_logger(__name__)


class RunningOffering:
    """Starts, ends and shows what ``runtime.setting_up`` made for an offering."""

    def __init__(
        self,
        offering: Offering,
        *,
        lanes: Sequence[Lane],
        listening: Sequence[Listening],
        stop: Stop,
        release: Callable[[], None],
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            offering: what is worked on.
            lanes: where; each has a thread of its own.
            listening: the connections by which messages come; none where all is polled.
            stop: the wish that this offering's work should end.
            release: lets go of what was taken for it.
        """
        self.offering = offering
        self._lanes = lanes
        self._listening = listening
        self._stop = stop
        self._release = release

    def start(self) -> None:
        """Begin to work and to listen; neither waits for anything."""
        self._show()
        for lane in self._lanes:
            lane.start()
        for one in self._listening:
            one.start()

    def tick(self, now: float) -> float:
        """Add what is due by the clock; answers with when something is due next."""
        for lane in self._lanes:
            lane.tick(now)
        return min(lane.next_due for lane in self._lanes)

    def once(self) -> bool:
        """Look at everything, in the caller's thread; True when nothing failed or was left."""
        self.add_regular()
        return self.work_off() and not self._stop.requested

    def add_regular(self) -> None:
        """Have everything looked at that is looked at regularly."""
        for lane in self._lanes:
            lane.add_regular()

    def work_off(self) -> bool:
        """Work on all that is due, in the caller's thread; whether nothing failed or was left."""
        well = [lane.work_off() for lane in self._lanes]
        return all(well)

    @property
    def waiting(self) -> int:
        """How many keys wait, be it for their turn, for a delay or for something else."""
        return sum(lane.depth for lane in self._lanes)

    @property
    def place(self) -> str:
        """Where it works: at most one may at a time. The offering's UUID, 32 hexadecimal digits."""
        return hex_of(self.offering.waldur_offering_uuid)

    @property
    def has_ended(self) -> bool:
        """Whether no thread works any more."""
        return not any(lane.labour.is_alive for lane in self._lanes)

    def condition(self) -> Condition:
        """How its threads are; those that were told to end may have ended."""
        if self._stop.requested:
            workers = [lane.labour for lane in self._lanes if lane.labour.is_alive]
            return Condition(name=self.offering.name, workers=workers)
        workers = [lane.labour for lane in self._lanes]
        return Condition(name=self.offering.name, workers=workers, lines=self._lines())

    def begin_to_stop(self) -> None:
        """Take on nothing more; the step in hand is the last one."""
        self._stop.request()
        for one in self._listening:
            one.pause()
        for lane in self._lanes:
            lane.close()

    def finish_work(self, *, seconds: float) -> bool:
        """Wait for the steps in hand; whether they ended within this time."""
        until = time.monotonic() + seconds
        worked = [lane.join(max(0.0, until - time.monotonic())) for lane in self._lanes]
        if not all(worked):
            logger.error("work.not_finished", offering=self.offering.name)
        return all(worked)

    def leave(self, *, seconds: float) -> bool:
        """Leave the brokers; whether that went in order within this time."""
        until = time.monotonic() + seconds
        left = [one.stop(seconds=max(0.0, until - time.monotonic())) for one in self._listening]
        return all(left)

    def close(self) -> None:
        """Let go of the connection to Waldur, and of the figures."""
        counting.stop_watching(self.offering.name)
        self._release()

    def _lines(self) -> tuple[Health, ...]:
        return tuple(line for one in self._listening for line in one.health())

    def _show(self) -> None:
        """Have the queues and the connections seen in the figures."""
        name, lanes = self.offering.name, self._lanes
        counting.watch_queue(
            name,
            depth=lambda: self.waiting,
            oldest_seconds=lambda: max(lane.oldest_seconds for lane in lanes),
        )
        if self._listening:
            counting.watch_connection(name, is_up=lambda: all_up(self._lines()))
