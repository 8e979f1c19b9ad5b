"""One line of work on an offering: a queue, and the one thread that works on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.events.keys import Hint, Key
from waldur_site_agent.looks.adding import WorkKey, addition
from waldur_site_agent.runtime.liveness import Labour
from waldur_site_agent.runtime.timers import Every
from waldur_site_agent.waldur.call import hex_of
from waldur_site_agent.work.acks import SharedAck
from waldur_site_agent.work.queue import WorkQueue
from waldur_site_agent.work.settlements import Again, Ended, Settlement
from waldur_site_agent.work.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from waldur_site_agent.config.models import Offering
    from waldur_site_agent.events.delivery import Delivery
    from waldur_site_agent.events.keys import Kind
    from waldur_site_agent.looks.outcome import Outcome
    from waldur_site_agent.work.entries import Entry
    from waldur_site_agent.work.progress import Progress


class Lane:
    """What must not happen at the same time: keys, worked on one after the other.

    Messages and timers only add keys. Any thread may add.
    """

    def __init__(
        self,
        subject: str,
        *,
        offering: Offering,
        regular: Mapping[Kind, float],
        look: Callable[[Entry[WorkKey]], Outcome],
        progress: Progress,
        clock: Callable[[], float],
    ) -> None:
        """Prepare; ``start`` begins.

        Args:
            subject: what is worked on, for whoever reads what ails it.
            offering: whose.
            regular: the looks that nothing has to ask for, and how often, in seconds.
            look: takes one look; tells ``progress`` that it gets on.
            progress: of the work in hand.
            clock: seconds that never go back.
        """
        self._subject = subject
        self._offering_uuid = hex_of(offering.waldur_offering_uuid)
        self._timers = {kind: Every(seconds) for kind, seconds in regular.items()}
        self._look_at = look
        self._progress = progress
        self._queue: WorkQueue[WorkKey] = WorkQueue(clock=clock)
        name = f"{subject} of {offering.name}"
        self._worker = Worker(self._queue, self._look, name=name, progress=progress)
        self._failures = 0

    def start(self) -> None:
        """Begin to work."""
        self._worker.start()

    def deliver(self, delivery: Delivery) -> None:
        """Take a message over; it is acknowledged once all that it names was looked at."""
        ack = SharedAck(delivery.ack, keys=len(delivery.hints))
        for hint in delivery.hints:
            self._queue.add(addition(hint, ack=ack))

    def tick(self, now: float) -> None:
        """Add what is due by the clock. The first tick adds everything.

        A period begins when the look before is over, so that one that takes long is not followed by
        the next at once.
        """
        for kind, timer in self._timers.items():
            if self._queue.holds(WorkKey(self._regular(kind).key)):
                timer.restart(now)
            elif timer.is_due(now):
                self._add(kind)

    @property
    def next_due(self) -> float:
        """When the clock asks for something next."""
        return min(timer.due for timer in self._timers.values())

    def add_regular(self) -> None:
        """Have everything looked at that is looked at regularly."""
        for kind in self._timers:
            self._add(kind)

    def work_off(self) -> bool:
        """Work on all that is due, in the caller's thread; whether nothing failed or was left."""
        self._failures = 0
        self._worker.work_off()
        return not self._failures

    def close(self) -> None:
        """Take on nothing more."""
        self._queue.close()

    def join(self, seconds: float) -> bool:
        """Wait for the step in hand after ``close``; whether it was finished in time."""
        return self._worker.join(seconds)

    @property
    def labour(self) -> Labour:
        """How its thread is."""
        return Labour(
            subject=self._subject,
            is_alive=self._worker.is_alive,
            stuck_seconds=self._progress.stuck_seconds,
        )

    @property
    def depth(self) -> int:
        """How many keys wait, be it for their turn, for a delay or for something else."""
        return self._queue.depth

    @property
    def oldest_seconds(self) -> float:
        """How long the key waits that waits longest."""
        return self._queue.oldest_seconds

    def _regular(self, kind: Kind) -> Hint:
        return Hint(Key(self._offering_uuid, kind, ""))

    def _add(self, kind: Kind) -> None:
        self._queue.add(addition(self._regular(kind)))

    def _look(self, entry: Entry[WorkKey]) -> Settlement:
        # Until it is known better: what a defect raises passes through here.
        self._failures += 1
        outcome = self._look_at(entry)
        for hint in outcome.then:
            self._queue.add(addition(hint))
        has_failed = outcome.left or isinstance(outcome.settlement, Again | Ended)
        self._failures -= not has_failed
        return outcome.settlement
