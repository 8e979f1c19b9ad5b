"""A world on a loopback port."""

import socket
import struct
import threading
from asyncio import Protocol, Transport
from types import TracebackType
from typing import Self, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from waldur_site_agent_testkit.mastermind import app
from waldur_site_agent_testkit.mastermind.world import World

LOOPBACK = "127.0.0.1"
STOP_WITHIN = 5.0
"""Seconds after which a server that does not stop is a defect."""
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of zero: closing sends a reset, so that the client sees a broken connection."""


class MastermindServer:
    """Serves a world over HTTP, in a thread of its own.

    The port is bound by the constructor: `url` is known and connections queue before `start`.

        with MastermindServer(world) as server:
            httpx2.get(server.url + "/api/version/", headers={"Authorization": f"Token {token}"})

    Args:
        world: What is served; it may change while it is.
        port: The loopback port; 0 for a free one.
    """

    def __init__(self, world: World, *, port: int = 0) -> None:
        """Bind the port."""
        self.world = world
        self._socket = socket.create_server((LOOPBACK, port), backlog=128)
        self._transports: dict[app.Client, Transport] = {}
        carrier = app.Carrier(world=world, cut=self._cut, stopping=lambda: self._server.should_exit)
        self._server = uvicorn.Server(
            uvicorn.Config(
                app.build(carrier),
                http=self._protocol(),
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(target=self._run, name="mastermind", daemon=True)

    @property
    def url(self) -> str:
        """The server's address, without `/api/` and without a slash at the end."""
        return f"http://{LOOPBACK}:{self._socket.getsockname()[1]}"

    @property
    def api_url(self) -> str:
        """The address that belongs into the agent's configuration."""
        return f"{self.url}/api/"

    def start(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop, releasing whatever hangs; returns when the thread has ended.

        Raises:
            RuntimeError: The thread did not end in time.
        """
        self._server.should_exit = True
        if self._thread.ident is None:
            self._socket.close()
            return
        self._thread.join(STOP_WITHIN)
        if self._thread.is_alive():
            raise RuntimeError("The in-process Mastermind did not stop.")

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    def _cut(self, client: app.Client) -> None:
        transport = self._transports.get(client)
        if transport is not None:
            raw = cast("socket.socket", transport.get_extra_info("socket"))
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            transport.abort()

    def _protocol(self) -> type[Protocol]:
        """Return uvicorn's protocol with a memory of its connections, which ASGI does not give."""
        transports = self._transports

        class Remembering(H11Protocol):
            def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                # The event loop does this only for sockets whose protocol number is set, which
                # `create_server` leaves out; without it every answer waits 40 ms for an ACK.
                raw = cast("socket.socket", transport.get_extra_info("socket"))
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.address = cast("app.Client", transport.get_extra_info("peername"))
                transports[self.address] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                transports.pop(self.address, None)
                super().connection_lost(exc)

        return Remembering
