"""A remote system with a REST interface, as a plugin under test sees it: your routes, your state.

remote = Remote()

@remote.route("GET", "/api/projects/{name}")
def project(asked: Asked) -> Answer:
    found = projects.get(asked.parts["name"])
    return Answer(found) if found else Answer(status=404)

with remote:
    Backend({"api_url": remote.url}, {})
assert not remote.unanswered  # the plugin asked for nothing that there is no route for
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from types import TracebackType

BAD_REQUEST, NO_ROUTE, DEFECT, OUTAGE = 400, 404, 500, 503
SECONDS_TO_STOP = 0.01
"""How long stopping may take; a suite starts and stops hundreds. The library's own is 0.5."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request.

    Attributes:
        method: in capitals.
        path: decoded, without the query.
        query: every value of every parameter.
        headers: by name in small letters.
        body: as it was sent.
        parts: what the ``{names}`` of the route stand for.
    """

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    parts: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> object:
        """Read the body as JSON.

        Raises:
            ValueError: it is none.
        """
        return json.loads(self.body)

    def one(self, parameter: str, default: str = "") -> str:
        """Read a parameter of the query that is given once at most."""
        return self.query.get(parameter, [default])[0]


@dataclass(frozen=True)
class Answer:
    """What is answered: JSON, or bytes as they are, or nothing."""

    content: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """The body."""
        if self.content is None or isinstance(self.content, bytes):
            return self.content or b""
        return json.dumps(self.content).encode()


@dataclass(frozen=True, kw_only=True)
class _Route:
    method: str
    pattern: re.Pattern[str]
    handler: Callable[[Asked], Answer]


class Remote:
    """Serves routes over HTTP on a loopback port, and remembers what it was asked.

    One request is answered at a time, so that handlers may change their state freely.

    Attributes:
        asked: every request, in order.
        unanswered: those that no route took; they got 404.
        defects: what handlers raised; those requests got 500. A body that is no JSON gets 400.
        down: whether everything is answered with 503, as in an outage.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        """Bind a free port; nothing is answered before ``start``."""
        self.asked: list[Asked] = []
        self.unanswered: list[Asked] = []
        self.defects: list[Exception] = []
        self.down = False
        self._routes: list[_Route] = []
        self._lock = threading.Lock()
        self._scheme = "https" if tls else "http"
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(SECONDS_TO_STOP,), daemon=True
        )

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    def route(
        self, method: str, path: str
    ) -> Callable[[Callable[[Asked], Answer]], Callable[[Asked], Answer]]:
        """Answer a method and a path, such as ``/users/{name}``, by the decorated function.

        A ``{name}`` stands for one part of the path, a ``{name*}`` for all that is left. The first
        route that fits is taken.
        """

        def add(handler: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
            self._routes.append(_Route(method=method, pattern=_pattern(path), handler=handler))
            return handler

        return add

    def answer(self, asked: Asked) -> Answer:
        """Answer a request, and remember it."""
        with self._lock:
            self.asked.append(asked)
            if self.down:
                return Answer({"error": "out of order"}, status=OUTAGE)
            for route in self._routes:
                match = route.pattern.fullmatch(asked.path)
                if match and route.method == asked.method:
                    return self._handle(route, replace(asked, parts=match.groupdict()))
            self.unanswered.append(asked)
            return Answer({"error": f"no route: {asked.method} {asked.path}"}, status=NO_ROUTE)

    def _handle(self, route: _Route, asked: Asked) -> Answer:
        try:
            return route.handler(asked)
        except json.JSONDecodeError as error:
            return Answer({"error": str(error)}, status=BAD_REQUEST)
        except Exception as error:  # noqa: BLE001 - whatever a handler does wrong is kept for the test
            self.defects.append(error)
            return Answer({"error": repr(error)}, status=DEFECT)

    def start(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering, and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        """Answer inside of the block."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()


def _pattern(path: str) -> re.Pattern[str]:
    """Make a route's path a pattern."""
    parts = re.split(r"{(\w+\*?)}", path)
    written = [
        re.escape(part) if number % 2 == 0 else _part(part) for number, part in enumerate(parts)
    ]
    return re.compile("".join(written))


def _part(name: str) -> str:
    return f"(?P<{name.rstrip('*')}>.+)" if name.endswith("*") else f"(?P<{name}>[^/]+)"


def _handler_for(remote: Remote) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        """Head and body are two writes; the second would wait 40 ms for a delayed ACK."""

        def handle_one_request(self) -> None:
            """Answer any method, by the remote's routes."""
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            answer = remote.answer(self._asked())
            body = answer.encoded()
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def _asked(self) -> Asked:
            address = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            return Asked(
                method=self.command,
                path=unquote(address.path),
                query=parse_qs(address.query, keep_blank_values=True),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(length),
            )

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    return Handler
