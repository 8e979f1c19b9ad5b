"""A relay on the loopback interface, to break connections, to swallow them, or to be a proxy."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

LOOPBACK = "127.0.0.1"
RESET = struct.pack("ii", 1, 0)


class Relay:
    """Passes bytes on between its port and another one; a context manager.

    Args:
        target: The port that it passes on to.
        tls: Speaks TLS to clients with this; the target gets it plain.
        greet: What a client has to go through first, such as `http_connect` or `socks5`.
    """

    def __init__(
        self,
        target: int,
        *,
        tls: ssl.SSLContext | None = None,
        greet: Callable[[socket.socket], None] | None = None,
    ) -> None:
        """Bind the port; nobody is answered yet."""
        self._target = target
        self._tls = tls
        self._greet = greet
        self._listener = socket.create_server((LOOPBACK, 0))
        self._sockets: list[socket.socket] = []
        self._swallowing: list[threading.Event] = []
        self.connections = 0
        """How many clients got through."""

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._listener.getsockname()[1]
        return port

    def swallow(self) -> None:
        """Let the bytes of all connections vanish, both ways, and keep them open.

        New connections are not concerned.
        """
        for one in self._swallowing:
            one.set()

    def cut(self) -> None:
        """Break all connections without a word."""
        for one in self._sockets:
            with suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                one.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        """Go away, with all connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._sockets.append(client)
                self._start(self._connect, client)

    def _connect(self, client: socket.socket) -> None:
        """Serve a client; one that the target does not take is sent away."""
        with suppress(OSError), client:
            if self._greet is not None:
                self._greet(client)
            if self._tls is not None:
                client = self._tls.wrap_socket(client, server_side=True)
                self._sockets.append(client)
            server = socket.create_connection((LOOPBACK, self._target))
            self._sockets.append(server)
            self.connections += 1
            swallowing = threading.Event()
            self._swallowing.append(swallowing)
            self._start(self._pump, server, client, swallowing)
            self._pump(client, server, swallowing)

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket, swallowing: threading.Event) -> None:
        """Pass bytes on, until one side ends; what is swallowed leaves the other side open."""
        with suppress(OSError):
            while data := source.recv(65536):
                if not swallowing.is_set():
                    target.sendall(data)
        if not swallowing.is_set():
            with suppress(OSError):
                target.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def _start(work: Callable[..., None], *words: object) -> None:
        threading.Thread(target=work, args=words, daemon=True).start()


def http_connect(client: socket.socket) -> None:
    """Be a web proxy: take `CONNECT` for wherever it leads."""
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        request += client.recv(1)
    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")


def socks5(client: socket.socket) -> None:
    """Be a SOCKS proxy without passwords, for wherever it leads."""
    _, methods = client.recv(2)
    client.recv(methods)
    client.sendall(b"\x05\x00")
    *_, kind = client.recv(4)
    length = {1: 4, 4: 16}.get(kind) or client.recv(1)[0]
    client.recv(length + 2)
    client.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
