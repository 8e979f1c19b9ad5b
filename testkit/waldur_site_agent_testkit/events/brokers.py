"""What Mastermind asks of a broker."""

from __future__ import annotations

from typing import Protocol


class EventBroker(Protocol):
    """A broker as Mastermind's own account sees it; the names are RabbitMQ's."""

    def provision(self, *, vhost: str, user: str, password: str, queue: str) -> None:
        """Make a vhost, a user who may do everything in it, and a queue; or renew the password."""

    def publish(self, vhost: str, queue: str, body: bytes) -> None:
        """Put a message into a queue, soon. What cannot be published is lost, as in Mastermind."""
