"""A small HTTP server that answers what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from waldur_site_agent.waldur.connection import ConnectionSettings, RetryPolicy, connect

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    from waldur_site_agent.waldur.gateway import Waldur

AT_ONCE = RetryPolicy(attempts=3, first_wait=0, longest_wait=0, jitter=0)


@dataclass
class Reply:
    """One answer. ``hang`` sends nothing, ``drop`` hangs up instead.

    ``drip`` sends the body a byte at a time.
    """

    json: Any = None
    status: int = 200
    text: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    drop: bool = False
    drip: bool = False

    @property
    def body(self) -> bytes:
        return (json.dumps(self.json) if self.text is None else self.text).encode()


@dataclass(frozen=True)
class Asked:
    """One request as it came over the wire; ``connection`` is the client's port."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.query if key == name]


class Mastermind:
    """The server. Replies to a path come in turn; the last one stays."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.asked: list[Asked] = []
        self.released = threading.Event()
        self._replies: dict[tuple[str, str], list[Reply]] = defaultdict(list)
        self._lock = threading.Lock()

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    def on(self, method: str, path: str, *replies: Reply) -> None:
        self._replies[method, path].extend(replies)

    def reply(self, json: Any = None, **more: Any) -> Reply:
        return Reply(json, **more)

    def page(self, rows: Any, *, count: int, following: str = "") -> Reply:
        """One page of a listing; ``following`` is the address of the next."""
        link = f'<{following}>; rel="next"' if following else '<http://x/?page=1>; rel="first"'
        return Reply(rows, headers={"X-Result-Count": str(count), "Link": link})

    def answer(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            replies = self._replies[asked.method, asked.path]
            if not replies:
                return Reply(status=404, text="<html><title>Not Found</title></html>")
            return replies.pop(0) if len(replies) > 1 else replies[0]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # head and body in one packet: two would wait for each other
    mastermind: Mastermind

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        port: int = self.client_address[1]
        asked = Asked(self.command, self.path, headers, self.rfile.read(length), port)
        reply = self.mastermind.answer(asked)
        if reply.hang or reply.drop:
            if reply.hang:
                self.mastermind.released.wait()
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self._write(reply)

    def _write(self, reply: Reply) -> None:
        if not reply.drip:
            self.wfile.write(reply.body)
            return
        self.close_connection = True
        for byte in reply.body:
            if self.mastermind.released.wait(0.01):
                return
            try:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
            except OSError:
                return

    do_GET = do_POST = do_PUT = do_PATCH = _serve  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def start_server() -> Iterator[Callable[..., Mastermind]]:
    """Start servers on loopback, with TLS if they are given a context."""
    running: list[tuple[ThreadingHTTPServer, Mastermind, threading.Thread]] = []

    def start(tls: ssl.SSLContext | None = None) -> Mastermind:
        class Handler(_Handler):
            """One server's handler knows that server's replies."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        Handler.mastermind = Mastermind(server.server_port)
        if tls:
            Handler.mastermind.url = Handler.mastermind.url.replace("http:", "https:")
            server.socket = tls.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        running.append((server, Handler.mastermind, thread))
        return Handler.mastermind

    yield start
    for server, mastermind, thread in running:
        mastermind.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def mastermind(start_server: Callable[..., Mastermind]) -> Mastermind:
    return start_server()


@pytest.fixture
def open_waldur(mastermind: Mastermind) -> Iterator[Callable[..., Waldur]]:
    """Connect to the server without waiting between attempts; settings may be replaced."""
    opened: list[Waldur] = []

    def open_(**replaced: Any) -> Waldur:
        settings: dict[str, Any] = {
            "api_url": mastermind.api_url,
            "token": "s3cret-token",
            "retries": AT_ONCE,
            "timeout_seconds": 10.0,
            "verify_ssl": False,  # reading the system's authorities takes longer than a test
        }
        opened.append(connect(ConnectionSettings(**settings | replaced)))
        return opened[-1]

    yield open_
    for waldur in opened:
        waldur.close()


@pytest.fixture
def waldur(open_waldur: Callable[..., Waldur]) -> Waldur:
    return open_waldur()
