"""Publishing as Mastermind does: STOMP over plain TCP, into a queue as it is."""

from __future__ import annotations

import hashlib
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

from waldur_site_agent.events.frames import Decoder, Frame, encode
from waldur_site_agent_testkit.rabbitmq.layout import LOOPBACK
from waldur_site_agent_testkit.rabbitmq.management import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from waldur_site_agent_testkit.rabbitmq.layout import Layout

SECONDS = 30.0


class PublishingError(Exception):
    """The broker did not take the messages."""


def publish(layout: Layout, vhost: str, queue: str, bodies: Iterable[bytes]) -> None:
    """Put messages into a queue; they are there when this returns.

    Mastermind opens a connection for each message; here they share one, which the broker cannot
    tell from many.

    Raises:
        PublishingError: the broker refused them.
    """
    with _logged_in(layout, vhost) as connection:
        for body in bodies:
            connection.sendall(encode(Frame("SEND", _headers(vhost, queue, body), body)))
        connection.sendall(encode(Frame("DISCONNECT", {"receipt": "all"})))
        _expect(connection, "RECEIPT")


def _headers(vhost: str, queue: str, body: bytes) -> dict[str, str]:
    identity = hashlib.sha256(f"{vhost}:{queue}:".encode() + body).hexdigest()[:32]
    return {
        "destination": f"/amq/queue/{queue.replace('/', '_')}",
        "persistent": "true",
        "durable": "true",
        "auto-delete": "false",
        "content-type": "application/json",
        "x-message-id": identity,
    }


@contextmanager
def _logged_in(layout: Layout, vhost: str) -> Iterator[socket.socket]:
    with socket.create_connection((LOOPBACK, layout.ports.stomp), timeout=SECONDS) as connection:
        # Small frames one after the other wait 40 ms for an ACK otherwise.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        login = {"login": ACCOUNT, "passcode": layout.password}
        connection.sendall(
            encode(Frame("CONNECT", {"accept-version": "1.2", "host": vhost, **login}))
        )
        _expect(connection, "CONNECTED")
        yield connection


def _expect(connection: socket.socket, command: str) -> None:
    decoder = Decoder()
    while data := connection.recv(65536):
        for frame in decoder.feed(data):
            if frame.command == command:
                return
            raise PublishingError(f"{frame.header('message')} {frame.body.decode()}")
    raise PublishingError("the broker closed the connection")
