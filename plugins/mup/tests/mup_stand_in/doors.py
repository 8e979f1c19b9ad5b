"""The two ways into a portal: as the transport of a client, and on a loopback port."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Self

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from mup_stand_in.answering import answer
from waldur_site_agent_testkit.mastermind.faults import DropConnection, Hang

if TYPE_CHECKING:
    from starlette.requests import Request

    from mup_stand_in.portal import MupStandIn

BASE = "/portal"
"""The portal lives below a path, as behind many a proxy."""
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Direct(httpx2.BaseTransport):
    """Carries requests into a portal, in the caller's own thread; nothing hangs."""

    def __init__(self, mup: MupStandIn) -> None:
        self._mup = mup

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        raw = request.url.raw_path.decode().partition("?")[0]
        assert raw.startswith(BASE), "the path of api_url got lost"
        status, headers, body, fault = answer(
            self._mup,
            request.method,
            raw.removeprefix(BASE),
            query=request.url.query.decode(),
            headers=request.headers,
            body=request.read(),
        )
        match fault:
            case DropConnection(before=True):
                raise httpx2.ConnectError("refused by a fault", request=request)
            case DropConnection():
                raise httpx2.ReadError("lost by a fault", request=request)
            case Hang():
                raise httpx2.ReadTimeout("no answer by a fault", request=request)
        return httpx2.Response(status, headers=headers, content=body, request=request)


class Server:
    """A portal on a loopback port, below ``BASE``."""

    def __init__(self, mup: MupStandIn) -> None:
        self.mup = mup
        self._socket = socket.create_server(("127.0.0.1", 0))
        app = Starlette(routes=[Route(BASE + "/{rest:path}", self._answer, methods=METHODS)])
        self._server = uvicorn.Server(
            uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, ws="none")
        )
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}{BASE}"

    async def _answer(self, request: Request) -> Response:
        return await run_in_threadpool(self._told, request, await request.body())

    def _told(self, request: Request, body: bytes) -> Response:
        raw = request.scope["raw_path"].decode().partition("?")[0].removeprefix(BASE)
        query = request.scope["query_string"].decode()
        status, headers, told, fault = answer(
            self.mup, request.method, raw, query=query, headers=request.headers, body=body
        )
        # A real connection cannot be cut from here: a gateway's word stands for it.
        return Response(told, 504 if fault else status, headers)

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        assert not self._thread.is_alive()
