"""The thin ASGI layer: carries requests to a world and answers back, with what befalls them."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TypeAlias

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from waldur_site_agent_testkit.mastermind.api.exchange import Incoming
from waldur_site_agent_testkit.mastermind.faults import Hang
from waldur_site_agent_testkit.mastermind.world import World

Client: TypeAlias = tuple[str, int]
TICK = 0.01
"""How often, in seconds, a delayed or hanging answer looks whether it may end."""


class Carrier:
    """An ASGI application in front of a world.

    Args:
        world: Where the answers come from.
        cut: Breaks the connection of a client, by its address.
        stopping: Tells whether the server is about to stop, so that nothing may wait any longer.
    """

    def __init__(
        self, *, world: World, cut: Callable[[Client], None], stopping: Callable[[], bool]
    ) -> None:
        """Hold the parts."""
        self._world = world
        self._cut = cut
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        exchange = self._world.exchange(await _incoming(request))
        await self._wait(request, seconds=exchange.delay)
        hang = exchange.interruption
        if isinstance(hang, Hang):
            await self._wait(request, seconds=hang.seconds, until=hang.until)
        if exchange.answer is None or exchange.interruption is not None:
            await self._break(request)
            return
        status, headers, body = exchange.answer
        await Response(body, status, headers)(scope, receive, send)

    async def _wait(
        self, request: Request, *, seconds: float, until: threading.Event | None = None
    ) -> None:
        """Wait, but no longer than the client, the server or the test want to."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._stopping():
            if (until is not None and until.is_set()) or await request.is_disconnected():
                return
            await asyncio.sleep(min(TICK, left))

    async def _break(self, request: Request) -> None:
        client: Client = request.scope["client"]
        self._cut(client)
        while (await request.receive())["type"] != "http.disconnect":
            pass


async def _incoming(request: Request) -> Incoming:
    return Incoming(
        method=request.method,
        path=request.scope["path"],
        query=request.scope["query_string"].decode(),
        headers=dict(request.headers),
        body=await request.body(),
    )


def build(carrier: Carrier) -> Starlette:
    """Return the application that answers every path by the carrier."""
    return Starlette(routes=[Mount("/", app=carrier)])
