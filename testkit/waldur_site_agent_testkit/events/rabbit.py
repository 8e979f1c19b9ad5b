"""A real RabbitMQ as Mastermind uses it."""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from waldur_site_agent_testkit.rabbitmq.publishing import PublishingError, publish

if TYPE_CHECKING:
    from waldur_site_agent_testkit.rabbitmq.management import JSON
    from waldur_site_agent_testkit.rabbitmq.server import RabbitMQ

ARGUMENTS: dict[str, JSON] = {
    "x-message-ttl": 3_600_000,
    "x-max-length": 10_000,
    "x-overflow": "reject-publish-dlx",
    "x-dead-letter-exchange": "",
    "x-dead-letter-routing-key": "waldur.dlq.messages",
}
"""How Mastermind declares an agent's queue."""


class RabbitBroker:
    """An ``EventBroker``. Messages go out by a thread, as Mastermind's go by a task."""

    def __init__(self, server: RabbitMQ) -> None:
        """Publish through a server, which may come and go."""
        self._server = server
        self._outbox: queue.Queue[tuple[str, str, bytes] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._work, name="publisher", daemon=True)
        self._thread.start()

    def provision(self, *, vhost: str, user: str, password: str, queue: str) -> None:
        """See ``EventBroker``.

        Raises:
            ManagementError: the broker did not do it.
        """
        management = self._server.management
        management.make_vhost(vhost)
        management.make_user(user, password)
        management.allow(vhost, user)
        management.make_queue(vhost, queue, ARGUMENTS)

    def publish(self, vhost: str, queue: str, body: bytes) -> None:
        """See ``EventBroker``."""
        self._outbox.put((vhost, queue, body))

    def flush(self) -> None:
        """Wait until what was published so far is in its queue, or lost with a broker away."""
        self._outbox.join()

    def close(self) -> None:
        """Publish what waits, and no more."""
        self._outbox.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (letter := self._outbox.get()) is not None:
            vhost, name, body = letter
            # A broker that is away gets nothing, as with Mastermind's circuit breaker.
            with suppress(OSError, PublishingError):
                publish(self._server.layout, vhost, name, [body])
            self._outbox.task_done()
