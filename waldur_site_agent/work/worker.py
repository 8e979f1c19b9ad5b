"""The one thread that works on a queue."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic

import structlog

from waldur_site_agent.work.entries import K
from waldur_site_agent.work.settlements import Again, Done, Interrupted, Settlement

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.work.entries import Entry
    from waldur_site_agent.work.progress import Progress
    from waldur_site_agent.work.queue import WorkQueue

logger = structlog.get_logger(__name__)


class Worker(Generic[K]):
    """Takes keys one after the other until the queue is closed. Lives on whatever happens."""

    def __init__(
        self,
        queue: WorkQueue[K],
        look: Callable[[Entry[K]], Settlement],
        *,
        name: str,
        progress: Progress,
    ) -> None:
        """Prepare; ``start`` begins.

        Args:
            queue: what is worked on.
            look: works on one key.
            name: of the thread.
            progress: told when a key is taken in hand, and when it is done with.
        """
        self._queue = queue
        self._look = look
        self._progress = progress
        # A plugin's command that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def join(self, seconds: float) -> bool:
        """Wait for the end, which ``close`` of the queue brings; False when it did not come."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def work_off(self) -> None:
        """Work on all that is due now, in the caller's thread."""
        self._work_on_all(self._queue.take_now)

    def _run(self) -> None:
        self._work_on_all(self._queue.take)

    def _work_on_all(self, take: Callable[[], Entry[K] | None]) -> None:
        """Go on until there is nothing to take, or the process is to end."""
        settlement: Settlement = Done()
        while not isinstance(settlement, Interrupted) and (entry := take()) is not None:
            settlement = self._work_on(entry)

    def _work_on(self, entry: Entry[K]) -> Settlement:
        self._progress.begin()
        try:
            settlement = self._settled(entry)
        finally:
            self._progress.end()
        self._queue.settle(entry, settlement)
        return settlement

    def _settled(self, entry: Entry[K]) -> Settlement:
        try:
            return self._look(entry)
        except (Exception, SystemExit) as error:
            # A defect in one look must end neither the thread nor the key; plugins call sys.exit().
            logger.exception("look.crashed")
            return Again(repr(error))
