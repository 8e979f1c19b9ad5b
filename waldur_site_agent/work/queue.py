"""The work queue: the ledger with a clock and a lock, for any number of threads."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING, Generic

from waldur_site_agent.work.entries import K
from waldur_site_agent.work.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.work.entries import Addition, Entry
    from waldur_site_agent.work.settlements import Settlement


class WorkQueue(Generic[K]):
    """Keys to look at. Thread-safe; acknowledgements are called outside of its lock."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Begin empty."""
        self._clock = clock
        self._ledger: Ledger[K] = Ledger(chance=chance)
        self._changed = threading.Condition()
        self._closed = False

    def add(self, addition: Addition[K]) -> None:
        """Add a key. After the end it is let go: its message is delivered again."""
        with self._changed:
            if not self._closed:
                self._ledger.add(addition, self._clock())
                self._changed.notify()

    def take(self) -> Entry[K] | None:
        """Wait for a key that is due and hand it out; None at the end."""
        with self._changed:
            while not self._closed:
                entry = self._ledger.take(self._clock(), calmly=True)
                if entry is not None:
                    return entry
                self._changed.wait(self._seconds_to_wait())
        return None

    def take_now(self) -> Entry[K] | None:
        """Hand out a key that is due; None while none is, and at the end."""
        with self._changed:
            return None if self._closed else self._ledger.take(self._clock())

    def _seconds_to_wait(self) -> float | None:
        due = self._ledger.next_due()
        return None if due is None else max(0.0, due - self._clock())

    def settle(self, entry: Entry[K], settlement: Settlement) -> None:
        """Take back a key, and acknowledge its messages where that is due."""
        with self._changed:
            acks = self._ledger.settle(entry, settlement, self._clock())
            self._changed.notify()
        for ack in acks:
            ack()

    def close(self) -> None:
        """Hand out nothing more. What waits is left to the broker and to the next start."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def holds(self, key: K) -> bool:
        """Whether a key waits or is in hand."""
        with self._changed:
            return self._ledger.holds(key)

    @property
    def depth(self) -> int:
        """How many keys wait."""
        with self._changed:
            return len(self._ledger)

    @property
    def oldest_seconds(self) -> float:
        """How long the key waits that waits longest."""
        with self._changed:
            since = self._ledger.oldest()
            return 0.0 if since is None else self._clock() - since
