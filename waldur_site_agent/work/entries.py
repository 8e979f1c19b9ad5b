"""What is added to the queue, and what the queue keeps of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

K = TypeVar("K", bound=Hashable)

Ack: TypeAlias = Callable[[], None]
Payload: TypeAlias = Mapping[str, object]
Gather: TypeAlias = Callable[[Payload, Payload], Payload]


def latest(earlier: Payload, later: Payload) -> Payload:
    """Of several payloads the last one that says anything."""
    return later or earlier


@dataclass(frozen=True, kw_only=True)
class Addition(Generic[K]):
    """What is added to the queue.

    Attributes:
        key: what to look at.
        grace_seconds: how long it may be kept waiting by others; what is due first goes first, so
            that nothing waits for ever.
        payload: what the look needs beside the key.
        gather: makes one payload of an earlier and a later one.
        ack: called when it was looked at.
        found_anyway: reconciliation would come to it too, so that it needs no message any more
            once the queue itself comes back to it.
    """

    key: K
    grace_seconds: float = 0.0
    payload: Payload = field(default_factory=dict, repr=False)
    gather: Gather = field(default=latest, repr=False)
    ack: Ack | None = field(default=None, repr=False)
    found_anyway: bool = True


@dataclass(kw_only=True)
class Entry(Generic[K]):
    """A key that waits or is being worked on."""

    key: K
    since: float
    """When it was first added."""
    due: float
    """When it may be worked on."""
    grace_seconds: float
    payload: Payload = field(default_factory=dict, repr=False)
    gather: Gather = field(default=latest, repr=False)
    acks: list[Ack] = field(default_factory=list, repr=False)
    found_anyway: bool = True
    failures: int = 0
    ticket: int = 0
    """Its valid place in a heap; others of its places are void."""

    def take_in(self, addition: Addition[K]) -> None:
        """Gather what one more addition brings."""
        self.grace_seconds = min(self.grace_seconds, addition.grace_seconds)
        self.payload = self.gather(self.payload, addition.payload)
        self.found_anyway = self.found_anyway and addition.found_anyway
        if addition.ack is not None:
            self.acks.append(addition.ack)

    def unite(self, other: Entry[K]) -> None:
        """Gather what was added while this was being worked on."""
        self.grace_seconds = min(self.grace_seconds, other.grace_seconds)
        self.payload = self.gather(self.payload, other.payload)
        self.found_anyway = self.found_anyway and other.found_anyway
        self.acks += other.acks
