"""STOMP 1.2 over WebSocket in front of a broker in memory, as RabbitMQ's web-stomp speaks it."""

from __future__ import annotations

import logging
import socket
import struct
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

from waldur_site_agent.events.frames import HEART_BEAT, Decoder, Frame, encode

if TYPE_CHECKING:
    from waldur_site_agent_testkit.events.memory import Letter, MemoryBroker

# It tells of every connection that a test breaks.
logging.getLogger("websockets.server").setLevel(logging.CRITICAL)

LOOPBACK = "127.0.0.1"
PATH = "/rmqws-stomp"
RESET = struct.pack("ii", 1, 0)
HEART_BEAT_MILLISECONDS = 10_000
UNBOUNDED = 65_535


class StompServer:
    """Serves a broker on a loopback port; a context manager that may be entered again.

    ``port`` stays the same over ``stop`` and ``start``.
    """

    def __init__(self, broker: MemoryBroker) -> None:
        """Bind nothing yet, but choose the port."""
        self.broker = broker
        with socket.create_server((LOOPBACK, 0)) as chosen:
            self.port: int = chosen.getsockname()[1]
        self.connections = 0
        """How many connections there have been."""
        self._server: Server | None = None
        self._thread = threading.Thread()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"ws://{LOOPBACK}:{self.port}{PATH}"

    def start(self) -> None:
        """Begin to answer."""
        self._server = serve(
            self._serve,
            LOOPBACK,
            self.port,
            subprotocols=[Subprotocol("v12.stomp")],
            compression=None,
            ping_interval=None,
            close_timeout=1,
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Go away, with all connections."""
        if self._server is not None:
            self._server.shutdown()
            self._thread.join()
            self._server = None

    def cut(self) -> None:
        """Break all connections without a word."""
        for connection in self._server.connections if self._server else ():
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            connection.socket.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def _serve(self, connection: ServerConnection) -> None:
        self.connections += 1
        Client(connection, self.broker).serve()


class Client:
    """One connection. Its thread reads; whoever publishes sends."""

    def __init__(self, connection: ServerConnection, broker: MemoryBroker) -> None:
        """Serve nobody yet."""
        self._connection = connection
        self._broker = broker
        self._vhost = ""
        self._subscriptions: dict[str, Subscribed] = {}
        self._every = 0.0
        self._last_sent = time.monotonic()

    def serve(self) -> None:
        """Answer until the connection ends, and take back what was not acknowledged."""
        decoder = Decoder()
        with suppress(ConnectionClosed, OSError, _DoneError):
            while True:
                for frame in decoder.feed(self._receive()):
                    self._answer(frame)
        for subscribed in self._subscriptions.values():
            subscribed.end()

    def send(self, frame: Frame) -> None:
        """Send a frame; a client that is gone does not matter."""
        with suppress(ConnectionClosed, OSError):
            self._connection.send(encode(frame).decode())
            self._last_sent = time.monotonic()

    def _receive(self) -> bytes:
        while True:
            try:
                return bytes(self._connection.recv(timeout=self._until_beat(), decode=False))
            except TimeoutError:
                self._connection.send(HEART_BEAT.decode())
                self._last_sent = time.monotonic()

    def _until_beat(self) -> float | None:
        if not self._every:
            return None
        return max(0.0, self._last_sent + self._every - time.monotonic())

    def _answer(self, frame: Frame) -> None:
        match frame.command:
            case "CONNECT" | "STOMP":
                self._log_in(frame)
            case "SUBSCRIBE":
                self._subscribe(frame)
            case "ACK":
                name, _, number = frame.header("id").rpartition("@@")
                self._subscriptions[name].acknowledge(int(number))
            case "DISCONNECT":
                self._end(Frame("RECEIPT", {"receipt-id": frame.header("receipt")}))

    def _log_in(self, frame: Frame) -> None:
        user, self._vhost = frame.header("login"), frame.header("host")
        if not self._broker.admits(vhost=self._vhost, user=user, password=frame.header("passcode")):
            words = f"Access refused for user '{user}'\n".encode()
            self._end(Frame("ERROR", {"message": "Bad CONNECT"}, words))
        _, _, wanted = frame.header("heart-beat").partition(",")
        self._every = int(wanted or 0) / 1000
        beat = wanted or HEART_BEAT_MILLISECONDS
        headers = {"version": "1.2", "server": "testkit", "heart-beat": f"{beat},{beat}"}
        self.send(Frame("CONNECTED", headers))

    def _subscribe(self, frame: Frame) -> None:
        queue = frame.header("destination").removeprefix("/amq/queue/")
        subscribed = Subscribed(self, self._broker, self._vhost, queue, frame)
        if not self._broker.subscribe(self._vhost, queue, subscribed):
            self._end(Frame("ERROR", {"message": "not_found"}, b"NOT_FOUND - no queue\n"))
        self._subscriptions[subscribed.name] = subscribed
        if receipt := frame.header("receipt"):
            self.send(Frame("RECEIPT", {"receipt-id": receipt}))

    def _end(self, frame: Frame) -> None:
        self.send(frame)
        raise _DoneError


class Subscribed:
    """A client's subscription to a queue: a ``Reader``."""

    def __init__(
        self, client: Client, broker: MemoryBroker, vhost: str, queue: str, frame: Frame
    ) -> None:
        """Read what a SUBSCRIBE asks for."""
        self.name = frame.header("id")
        self._client = client
        self._broker = broker
        self._vhost = vhost
        self._queue = queue
        self._room = int(frame.header("prefetch-count") or UNBOUNDED)
        self._out: set[int] = set()

    def has_room(self) -> bool:
        """See ``Reader``."""
        return len(self._out) < self._room

    def take(self, letter: Letter) -> None:
        """See ``Reader``."""
        self._out.add(letter.number)
        headers = {
            "subscription": self.name,
            "destination": f"/queue/{self._queue}",
            "message-id": str(letter.number),
            "ack": f"{self.name}@@{letter.number}",
            "redelivered": str(letter.redelivered).lower(),
            "content-type": "application/json",
            "persistent": "true",
        }
        self._client.send(Frame("MESSAGE", headers, letter.body))

    def cancelled(self) -> None:
        """See ``Reader``."""
        self._client.send(Frame("ERROR", {"message": "Server cancelled subscription"}))

    def acknowledge(self, number: int) -> None:
        """Take a message off the queue."""
        self._out.discard(number)
        self._broker.acknowledge(self._vhost, self._queue, number)

    def end(self) -> None:
        """Give back what was not acknowledged."""
        self._broker.leave(self._vhost, self._queue, self)


class _DoneError(Exception):
    """The conversation is over."""
