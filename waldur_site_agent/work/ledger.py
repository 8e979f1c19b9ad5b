"""The book of what waits and what is being worked on. No clock and no lock of its own.

A key waits at most once and is worked on at most once at a time. What is added to a key that is
being worked on makes it be worked on once more afterwards. Moments are seconds of any clock that
never goes back.
"""

from __future__ import annotations

import heapq
import itertools
from typing import TYPE_CHECKING, Generic

from waldur_site_agent.work.entries import Ack, Addition, Entry, K
from waldur_site_agent.work.patience import delay_seconds
from waldur_site_agent.work.settlements import Again, Done, Ended, Later, Settlement

if TYPE_CHECKING:
    from collections.abc import Callable

HELD_SECONDS = 600.0
"""How long a failing key keeps messages that say what nobody else says. RabbitMQ by itself takes
back what is not acknowledged within half an hour, and what is kept takes the place of others."""

POURING_SECONDS = 0.2
"""Messages that come closer than this are seldom the last ones."""
LONGEST_POUR_SECONDS = 5.0
"""How long a key waits at most for messages to stop."""
LONGEST_URGENT_POUR_SECONDS = 1.0
"""The same where somebody waits for it."""


class Ledger(Generic[K]):
    """Keys that wait, keys that are being worked on, and what was added to those meanwhile."""

    def __init__(self, *, chance: Callable[[], float]) -> None:
        """Begin empty.

        Args:
            chance: a number from 0 up to 1, for jitter.
        """
        self._chance = chance
        self._waiting: dict[K, Entry[K]] = {}
        self._working: dict[K, Entry[K]] = {}
        self._added_meanwhile: dict[K, Entry[K]] = {}
        self._delayed: list[tuple[float, int, Entry[K]]] = []
        self._ready: list[tuple[float, int, Entry[K]]] = []
        self._tickets = itertools.count(1)
        self._last_added = float("-inf")
        self._pours_until = float("-inf")

    def __len__(self) -> int:
        """How many keys wait, or will once they were worked on."""
        return len(self._waiting) + len(self._added_meanwhile)

    @property
    def working(self) -> tuple[K, ...]:
        """The keys in hand."""
        return tuple(self._working)

    def holds(self, key: K) -> bool:
        """Whether a key waits or is in hand."""
        return key in self._waiting or key in self._working

    def oldest(self) -> float | None:
        """Since when the key waits that waits longest; None when none does."""
        entries = (*self._waiting.values(), *self._added_meanwhile.values())
        return min((entry.since for entry in entries), default=None)

    def add(self, addition: Addition[K], now: float) -> None:
        """Add a key; one that waits already only gathers what is new.

        A key that waits at its own pace is looked at right away. One that failed keeps its delay:
        a storm of messages must not undo it.
        """
        self._note_pace(now)
        entry = self._waiting.get(addition.key)
        if entry is None:
            self._add_new(addition, now)
            return
        urgent = addition.grace_seconds < entry.grace_seconds
        entry.take_in(addition)
        if entry.failures == 0 and (entry.due > self._calm_at(entry, now) or urgent):
            self._put(entry, min(entry.due, now))

    def _note_pace(self, now: float) -> None:
        """Tell whether messages pour in; what comes at the very same moment shows no pace."""
        if 0.0 < now - self._last_added < POURING_SECONDS:
            self._pours_until = now + POURING_SECONDS
        self._last_added = now

    def _add_new(self, addition: Addition[K], now: float) -> None:
        meanwhile = self._added_meanwhile.get(addition.key)
        if meanwhile is not None:
            meanwhile.take_in(addition)
            return
        entry = Entry(
            key=addition.key,
            since=now,
            due=now,
            grace_seconds=addition.grace_seconds,
            gather=addition.gather,
        )
        entry.take_in(addition)
        if addition.key in self._working:
            self._added_meanwhile[addition.key] = entry
        else:
            self._put(entry, now)

    def take(self, now: float, *, calmly: bool = False) -> Entry[K] | None:
        """Hand out the key that is to be worked on next; None while none is due.

        Args:
            now: the moment.
            calmly: leave keys alone for a while as messages pour in, since more of them will be
                about the same.
        """
        self._ripen(now)
        while self._ready:
            _, ticket, entry = heapq.heappop(self._ready)
            if entry.ticket != ticket:
                continue
            calm_at = self._calm_at(entry, now) if calmly else now
            if calm_at <= now:
                return self._hand_out(entry)
            self._put(entry, calm_at)
        return None

    def _hand_out(self, entry: Entry[K]) -> Entry[K]:
        del self._waiting[entry.key]
        entry.ticket = 0
        self._working[entry.key] = entry
        return entry

    def _calm_at(self, entry: Entry[K], now: float) -> float:
        """When messages will have stopped, or a key has waited for that for long enough."""
        longest = LONGEST_POUR_SECONDS if entry.grace_seconds else LONGEST_URGENT_POUR_SECONDS
        return max(now, min(self._pours_until, entry.since + longest))

    def next_due(self) -> float | None:
        """When the next key is due; None while none waits."""
        for places in (self._ready, self._delayed):
            while places and places[0][2].ticket != places[0][1]:
                heapq.heappop(places)
            if places:
                return places[0][2].due
        return None

    def settle(self, entry: Entry[K], settlement: Settlement, now: float) -> list[Ack]:
        """Take back a key that was worked on.

        Returns:
            The acknowledgements that are to be called now.
        """
        del self._working[entry.key]
        meanwhile = self._added_meanwhile.pop(entry.key, None)
        match settlement:
            case Done() | Ended():
                if meanwhile is not None:
                    self._put(meanwhile, now)
                return self._released(entry)
            case Again(at_least_seconds=shortest):
                entry.failures += 1
                due = now + max(shortest, delay_seconds(entry.failures, self._chance()))
            case Later(seconds=seconds):
                entry.failures = 0
                due = now if meanwhile is not None else now + seconds
            case _:
                due = now
        if meanwhile is not None:
            entry.unite(meanwhile)
        self._put(entry, due)
        return self._released(entry) if self._may_release(entry, settlement, now) else []

    def _may_release(self, entry: Entry[K], settlement: Settlement, now: float) -> bool:
        if not isinstance(settlement, Again | Later):
            return False
        return entry.found_anyway or now - entry.since >= HELD_SECONDS

    def _released(self, entry: Entry[K]) -> list[Ack]:
        acks, entry.acks = entry.acks, []
        return acks

    def _put(self, entry: Entry[K], due: float) -> None:
        """Let a key wait until it is due, in place of wherever it waited before."""
        entry.due, entry.ticket = due, next(self._tickets)
        self._waiting[entry.key] = entry
        heapq.heappush(self._delayed, (due, entry.ticket, entry))

    def _ripen(self, now: float) -> None:
        """Order what is due by how long it may be kept waiting."""
        while self._delayed and self._delayed[0][0] <= now:
            due, ticket, entry = heapq.heappop(self._delayed)
            if entry.ticket == ticket:
                heapq.heappush(self._ready, (due + entry.grace_seconds, ticket, entry))
