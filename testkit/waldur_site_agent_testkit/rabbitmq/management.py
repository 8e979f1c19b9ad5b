"""RabbitMQ's management API: what Mastermind uses of it, and what tests look at."""

from __future__ import annotations

import base64
import http.client
import json
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"
SECONDS = 10.0
ACCOUNT = "publisher"
FAILED = 400


class ManagementError(Exception):
    """The API did not do it; the message says what was asked and what came back."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        """Describe it; the status is 0 without an answer."""
        super().__init__(message)
        self.status = status


class Management:
    """The API, as an account that may do everything. Raises ``ManagementError``."""

    def __init__(self, *, host: str, port: int, password: str) -> None:
        """Ask nothing yet."""
        self._host = host
        self._port = port
        self.password = password
        secret = base64.b64encode(f"{ACCOUNT}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {secret}", "Content-Type": "application/json"}

    def make_vhost(self, vhost: str) -> None:
        """Make a vhost; who makes it may do everything in it."""
        self._ask("PUT", f"vhosts/{quote(vhost, safe='')}")
        self.allow(vhost, ACCOUNT)

    def make_user(self, user: str, password: str) -> None:
        """Make a user without tags, or change the password."""
        self._ask("PUT", f"users/{user}", {"password": password, "tags": ""})

    def delete_user(self, user: str) -> None:
        """Remove a user."""
        self._ask("DELETE", f"users/{user}")

    def allow(self, vhost: str, user: str) -> None:
        """Let a user do everything in a vhost."""
        rights: dict[str, JSON] = {"configure": ".*", "write": ".*", "read": ".*"}
        self._ask("PUT", f"permissions/{quote(vhost, safe='')}/{user}", rights)

    def make_queue(self, vhost: str, queue: str, arguments: Mapping[str, JSON]) -> None:
        """Declare a durable queue."""
        body: dict[str, JSON] = {
            "durable": True,
            "auto_delete": False,
            "arguments": dict(arguments),
        }
        self._ask("PUT", _queue(vhost, queue), body)

    def delete_queue(self, vhost: str, queue: str) -> None:
        """Delete a queue and what is in it."""
        self._ask("DELETE", _queue(vhost, queue))

    def has_queue(self, vhost: str, queue: str) -> bool:
        """Whether there is such a queue."""
        try:
            self._ask("GET", _queue(vhost, queue))
        except ManagementError as error:
            if error.status == http.client.NOT_FOUND:
                return False
            raise
        return True

    def waiting(self, vhost: str, queue: str) -> int:
        """How many messages a queue holds, fetched ones that are not acknowledged included."""
        return self._number(vhost, queue, "messages")

    def unacknowledged(self, vhost: str, queue: str) -> int:
        """How many messages are with a consumer."""
        return self._number(vhost, queue, "messages_unacknowledged")

    def connections(self) -> int:
        """How many clients are connected."""
        found = self._ask("GET", "connections")
        return len(found) if isinstance(found, list) else 0

    def is_listening(self, protocol: str) -> bool:
        """Whether the broker has a listener of this name."""
        overview = self._ask("GET", "overview")
        listeners = overview.get("listeners") if isinstance(overview, dict) else []
        rows = listeners if isinstance(listeners, list) else []
        return any(isinstance(row, dict) and row.get("protocol") == protocol for row in rows)

    def _number(self, vhost: str, queue: str, name: str) -> int:
        """Ask the queues themselves: the usual numbers are sampled and some seconds old."""
        path = f"queues/{quote(vhost, safe='')}?disable_stats=true&enable_queue_totals=true"
        rows = self._ask("GET", path)
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict) and row.get("name") == queue:
                return int(str(row[name]))
        raise ManagementError(f"there is no queue {queue}", status=http.client.NOT_FOUND)

    def _ask(self, method: str, path: str, body: Mapping[str, JSON] | None = None) -> JSON:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=SECONDS)
        try:
            content = json.dumps(dict(body)) if body is not None else None
            connection.request(method, f"/api/{path}", content, self._headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise ManagementError(f"{method} {path}: {error}") from error
        finally:
            connection.close()
        if answer.status >= FAILED:
            raise ManagementError(f"{method} {path}: {answer.status} {text}", status=answer.status)
        return _decoded(text)


def _decoded(text: str) -> JSON:
    decoded: JSON = json.loads(text) if text else None
    return decoded


def _queue(vhost: str, queue: str) -> str:
    return f"queues/{quote(vhost, safe='')}/{quote(queue, safe='')}"
