"""A broker and its connection, without a thread: messages are handed over when it is asked for."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from waldur_site_agent.events.delivery import Delivery

if TYPE_CHECKING:
    from waldur_site_agent.events.health import Health
    from waldur_site_agent.runtime.listening import Ears


@dataclass
class Post:
    """The broker's queue."""

    waiting: deque[bytes] = field(default_factory=deque)

    def provision(self, *, vhost: str, user: str, password: str, queue: str) -> None:
        """There is one queue for all."""

    def publish(self, vhost: str, queue: str, body: bytes) -> None:
        """Keep a message."""
        del vhost, queue
        self.waiting.append(body)


class Ear:
    """A connection of the agent."""

    def __init__(self, post: Post, ears: Ears) -> None:
        """Hear nothing yet."""
        self._post = post
        self._ears = ears

    def start(self) -> None:
        """Register; Waldur publishes for nobody else."""
        types = self._ears.subject.object_types
        self._ears.waldur.events.register_queue(self._ears.identity(), types)

    def pause(self) -> None:
        """There is nothing to hold back."""

    def stop(self, *, seconds: float) -> bool:
        """There is nothing to end."""
        del seconds
        return True

    def health(self) -> tuple[Health, ...]:
        """There is nothing to be seen."""
        return ()

    def hand_over(self) -> None:
        """Give the agent what waits."""
        while self._post.waiting:
            hints = self._ears.subject.read(self._post.waiting.popleft(), "")
            if isinstance(hints, tuple) and hints:
                self._ears.deliver(Delivery(hints, lambda: None))
