"""A small HTTP server in a thread of its own: pages by path, and nothing else."""

from __future__ import annotations

import socket
import socketserver
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

import structlog

from waldur_site_agent.runtime.errors import CannotListenError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Pages = Mapping[str, Callable[[], "Page"]]

logger = structlog.get_logger(__name__)

TICK_SECONDS = 5.0
"""How often the thread wakes while nobody asks anything."""
SILENCE_SECONDS = 10.0
"""How long a client may keep a thread waiting."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """What is answered."""

    body: bytes
    content_type: str
    status: HTTPStatus = HTTPStatus.OK


NOT_FOUND = Page(
    body=b"There are /healthz, /readyz and /metrics here.\n",
    content_type="text/plain; charset=utf-8",
    status=HTTPStatus.NOT_FOUND,
)


class HttpEndpoint:
    """Serves pages from entering it until leaving it. It never keeps the process from ending."""

    def __init__(self, *, host: str, port: int, pages: Pages) -> None:
        """Listen, and let clients wait.

        Args:
            host: an address of this machine.
            port: 0 for any that is free.
            pages: made anew for each request, by path, in a thread of the request's own.

        Raises:
            CannotListenError: the port is taken, or the host is none of this machine's.
        """
        try:
            self._server = _server_class(host)((host, port), pages)
        except (OSError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or "this is no host's name"
            raise CannotListenError(
                f"Nothing can be served over HTTP on {host} port {port}: {why}. "
                "Choose others with http_host and http_port, or with --http-port."
            ) from None
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            args=(TICK_SECONDS,),
            name="http-endpoint",
            daemon=True,
        )

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        """Serve."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Listen no more; requests in hand are left to themselves."""
        # Wakes the thread, which otherwise sees the end at its next tick.
        with suppress(OSError):
            self._server.socket.shutdown(socket.SHUT_RDWR)
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One connection: one request."""

    server: _Server
    timeout = SILENCE_SECONDS
    server_version = "waldur-site-agent"
    sys_version = ""

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        path = self.path.partition("?")[0]
        page = self.server.pages.get(path, lambda: NOT_FOUND)()
        self.send_response(page.status)
        self.send_header("Content-Type", page.content_type)
        self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        if with_body:
            self.wfile.write(page.body)

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the library's name for it
        """Say nothing: a probe asks every few seconds."""


class _Server(ThreadingHTTPServer):
    """The library's, quiet, and without asking the name service for its own name."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], pages: Pages) -> None:
        self.pages = pages
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)

    def handle_error(self, request: object, client_address: object) -> None:
        """Tell of a page that failed, in the log rather than on stderr; clients may go away."""
        del request, client_address
        error = sys.exception()
        if not isinstance(error, OSError):
            logger.error("http.page_failed", exc_info=error)


class _ServerForIPv6(_Server):
    address_family = socket.AF_INET6


def _server_class(host: str) -> type[_Server]:
    return _ServerForIPv6 if ":" in host else _Server
