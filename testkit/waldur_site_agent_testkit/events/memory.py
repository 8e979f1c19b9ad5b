"""A broker in memory: vhosts, users, and queues that hand out and take back."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in a queue."""

    number: int
    body: bytes
    redelivered: bool = False


class Reader(Protocol):
    """Who subscribed to a queue."""

    def has_room(self) -> bool:
        """Tell whether another message may be handed out before one is acknowledged."""

    def take(self, letter: Letter) -> None:
        """Send a message on."""

    def cancelled(self) -> None:
        """Learn that the queue is no more."""


@dataclass
class Queue:
    """Messages that wait, and those that are with readers."""

    waiting: deque[Letter] = field(default_factory=deque)
    out: dict[int, tuple[Reader, Letter]] = field(default_factory=dict)
    readers: list[Reader] = field(default_factory=list)

    def hand_out(self) -> None:
        """Give what waits to readers with room, in turn."""
        while self.waiting:
            reader = next((one for one in self.readers if one.has_room()), None)
            if reader is None:
                return
            self.readers.remove(reader)
            self.readers.append(reader)
            letter = self.waiting.popleft()
            self.out[letter.number] = (reader, letter)
            reader.take(letter)

    def take_back(self, reader: Reader) -> None:
        """Put a reader's messages back where they were, for the next one."""
        back = [letter for owner, letter in self.out.values() if owner is reader]
        self.out = {n: (owner, one) for n, (owner, one) in self.out.items() if owner is not reader}
        for letter in sorted(back, key=lambda one: one.number, reverse=True):
            self.waiting.appendleft(Letter(letter.number, letter.body, redelivered=True))


class MemoryBroker:
    """A broker without a network; thread-safe. ``StompServer`` gives it one."""

    def __init__(self) -> None:
        """Begin empty."""
        self._changed = threading.Condition(threading.RLock())
        self._passwords: dict[str, str] = {}
        self._rights: set[tuple[str, str]] = set()
        self._queues: dict[tuple[str, str], Queue] = {}
        self._count = 0

    def provision(self, *, vhost: str, user: str, password: str, queue: str) -> None:
        """See ``EventBroker``."""
        with self._changed:
            self._passwords[user] = password
            self._rights.add((user, vhost))
            self._queues.setdefault((vhost, queue), Queue())

    def publish(self, vhost: str, queue: str, body: bytes) -> None:
        """See ``EventBroker``. The message is there when this returns."""
        with self._changing():
            found = self._queues.get((vhost, queue))
            if found is not None:
                self._count += 1
                found.waiting.append(Letter(self._count, body))
                found.hand_out()

    def admits(self, *, vhost: str, user: str, password: str) -> bool:
        """Whether a user may enter a vhost."""
        with self._changed:
            return self._passwords.get(user) == password and (user, vhost) in self._rights

    def subscribe(self, vhost: str, queue: str, reader: Reader) -> bool:
        """Let a reader have a queue's messages; False when there is no such queue."""
        with self._changing():
            found = self._queues.get((vhost, queue))
            if found is not None:
                found.readers.append(reader)
                found.hand_out()
            return found is not None

    def acknowledge(self, vhost: str, queue: str, number: int) -> None:
        """Take a message off for good."""
        with self._changing():
            found = self._queues.get((vhost, queue))
            if found is not None:
                found.out.pop(number, None)
                found.hand_out()

    def leave(self, vhost: str, queue: str, reader: Reader) -> None:
        """Take back what a reader did not acknowledge."""
        with self._changing():
            found = self._queues.get((vhost, queue))
            if found is not None and reader in found.readers:
                found.readers.remove(reader)
                found.take_back(reader)
                found.hand_out()

    def delete_queue(self, vhost: str, queue: str) -> None:
        """Delete a queue and what is in it; its readers learn of it."""
        with self._changing():
            for reader in self._queues.pop((vhost, queue)).readers:
                reader.cancelled()

    def change_password(self, user: str, password: str) -> None:
        """Give a user another password; who is in stays in."""
        with self._changed:
            self._passwords[user] = password

    def queues(self) -> list[tuple[str, str]]:
        """All queues, each with its vhost before it."""
        with self._changed:
            return list(self._queues)

    def held(self, vhost: str, queue: str) -> int:
        """How many messages a queue holds, those with readers included."""
        with self._changed:
            found = self._queues[vhost, queue]
            return len(found.waiting) + len(found.out)

    def readers(self, vhost: str, queue: str) -> int:
        """How many are subscribed to a queue."""
        with self._changed:
            return len(self._queues[vhost, queue].readers)

    def wait_until(self, is_so: Callable[[MemoryBroker], bool], *, seconds: float = 10.0) -> None:
        """Wait until something is so of the broker.

        Raises:
            TimeoutError: it was not in time.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: is_so(self), seconds):
                raise TimeoutError("the broker waited in vain")

    def _changing(self) -> _Changing:
        return _Changing(self._changed)


class _Changing:
    """The lock, and word to those who wait when it is given back."""

    def __init__(self, condition: threading.Condition) -> None:
        self._condition = condition

    def __enter__(self) -> None:
        self._condition.acquire()

    def __exit__(self, *_: object) -> None:
        self._condition.notify_all()
        self._condition.release()
