"""The direct door: a world as the transport of an `httpx2` client, in the caller's own thread.

Nothing is slept and nothing hangs: latency is recorded on the call, a hanging server is a read
time-out at once. What an observer of the world raises comes out of the client's call.
"""

from collections.abc import Mapping

import httpx2

from waldur_site_agent_testkit.mastermind.api.exchange import Exchange, Incoming
from waldur_site_agent_testkit.mastermind.faults import DropConnection, Hang
from waldur_site_agent_testkit.mastermind.world import World


class DirectTransport(httpx2.BaseTransport):
    """Carries requests into a world."""

    def __init__(self, world: World) -> None:
        """Carry them into `world`."""
        self._world = world

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the world's answer.

        Raises:
            httpx2.ConnectError: `DropConnection(before=True)`.
            httpx2.ReadError: `DropConnection(before=False)`.
            httpx2.ReadTimeout: `Hang`.
        """
        exchange = self._world.exchange(
            Incoming(
                method=request.method,
                path=request.url.path,
                query=request.url.query.decode(),
                headers=dict(request.headers),
                body=request.read(),
            )
        )
        _break(exchange, request)
        status, headers, body = exchange.delivered()
        return httpx2.Response(status, headers=headers, content=body, request=request)


def _break(exchange: Exchange, request: httpx2.Request) -> None:
    match exchange.interruption:
        case DropConnection(before=True):
            raise httpx2.ConnectError("Connection refused by a fault.", request=request)
        case DropConnection():
            raise httpx2.ReadError("Connection lost by a fault.", request=request)
        case Hang():
            raise httpx2.ReadTimeout("No answer, by a fault.", request=request)


def transport(world: World) -> httpx2.BaseTransport:
    """Return a transport with which an `httpx2.Client` talks to `world` without a socket."""
    return DirectTransport(world)


class SeveralTransport(httpx2.BaseTransport):
    """Carries requests into one of several worlds, by the host that they are for."""

    def __init__(self, worlds: Mapping[str, World]) -> None:
        """Take worlds by their hosts, such as `b.test`."""
        self._doors = {host: DirectTransport(world) for host, world in worlds.items()}

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return that world's answer; raises as `DirectTransport`.

        Raises:
            httpx2.ConnectError: Nobody has that name.
        """
        door = self._doors.get(request.url.host)
        if door is None:
            raise httpx2.ConnectError("No such host.", request=request)
        return door.handle_request(request)
