"""What services that collect errors are sent, by their real libraries, in a process of its own."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
import zlib
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.runtime.error_event import fingerprint
from waldur_site_agent.runtime.log_records import Said

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = """
import logging, sys
for name in {missing}:
    sys.modules[name] = None
import structlog
from waldur_site_agent.config.models import AgentConfiguration
from waldur_site_agent.runtime import logs
from waldur_site_agent.runtime.error_reporting import report_errors
from waldur_site_agent.runtime.tracing import traced

logs.configure("INFO")
configuration = AgentConfiguration(offerings=(), **{settings})
report_errors(configuration, version="2.0.0", mode="report")
logger = structlog.get_logger("ours")

def fail():
    passphrase_of_ada = "hunter2"
    raise ValueError("no account for ada@example.org, token=hunter2")

{body}
logging.getLogger("ours").info("the end")
"""
CRASH = """
structlog.contextvars.bind_contextvars(offering="HPC")
logger.info("look.begun", address="ada@example.org")
try:
    fail()
except ValueError:
    logger.exception("pass.crashed", resource="0123456789abcdef0123456789abcdef")
"""


@dataclass
class Collector:
    """A service on a loopback port that keeps what it is sent."""

    port: int = 0
    bodies: list[str] = field(default_factory=list)

    @property
    def documents(self) -> list[dict[str, object]]:
        """All JSON objects, of all bodies."""
        lines = [line for body in self.bodies for line in body.splitlines() if line]
        return [json.loads(line) for line in lines]

    def run(self, body: str, *, missing: tuple[str, ...] = (), **settings: str) -> list[dict]:
        """Run a process; answers with its log."""
        program = PROGRAM.format(missing=missing, settings=settings, body=body)
        ended = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
        )
        assert "Traceback" not in ended.stderr, ended.stderr
        return [json.loads(line) for line in ended.stdout.splitlines()]

    def sentry(self, body: str) -> list[dict]:
        """The events that Sentry was sent."""
        self.run(body, sentry_dsn=f"http://publickey@127.0.0.1:{self.port}/1")
        return [one for one in self.documents if "event_id" in one and "platform" in one]

    def apm(self, body: str, kind: str) -> list[dict]:
        """What APM was sent, of one kind."""
        self.run(body, elastic_apm_server_url=f"http://127.0.0.1:{self.port}")
        return [one[kind] for one in self.documents if kind in one]

    @property
    def everything(self) -> str:
        return "\n".join(self.bodies)


def _plain(body: bytes, encoding: str) -> str:
    match encoding:
        case "gzip":
            return gzip.decompress(body).decode()
        case "deflate":
            return zlib.decompress(body).decode()
    return body.decode()


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self._chunks() if self.headers.get("Transfer-Encoding") else self._body()
            collector.bodies.append(_plain(body, self.headers.get("Content-Encoding", "")))
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b'{"version": "8.15.0"}')

        def _body(self) -> bytes:
            return self.rfile.read(int(self.headers["Content-Length"]))

        def _chunks(self) -> bytes:
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            return body

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield collector
        server.shutdown()
        thread.join()


def test_sentry_gets_an_error_with_what_it_is_about(collector: Collector) -> None:
    (event,) = collector.sentry(CRASH)

    assert event["logentry"]["message"] == "pass.crashed"
    assert (event["level"], event["logger"]) == ("error", "ours")
    assert event["tags"] == {"offering": "HPC", "mode": "report"}
    assert event["fingerprint"] == ["ours", "pass.crashed"]
    assert event["release"] == "waldur-site-agent@2.0.0"
    assert event["extra"] == {"resource": "0123456789abcdef0123456789abcdef"}
    (exception,) = event["exception"]["values"]
    assert (exception["type"], exception["value"]) == (
        "ValueError",
        "no account for ***, token=***",
    )
    assert exception["stacktrace"]["frames"][-1]["function"] == "fail"


def test_sentry_gets_no_locals_secrets_addresses_or_arguments(collector: Collector) -> None:
    (event,) = collector.sentry(CRASH)

    assert "vars" not in json.dumps(event)
    breadcrumbs = [one["message"] for one in event["breadcrumbs"]["values"]]
    assert breadcrumbs == ["look.begun address=***"]
    assert "ada@" not in collector.everything
    assert "passphrase_of_ada =" not in collector.everything
    assert "hunter2" not in collector.everything
    assert "sys.argv" not in event.get("extra", {})


def test_sentry_gets_errors_of_plugins_and_what_ends_a_thread(collector: Collector) -> None:
    body = """
import threading
logging.getLogger("plugin").error("Cannot reach %s", "0123456789abcdef0123456789abcdef")
logging.getLogger("plugin").warning("not so bad")
threading.excepthook = lambda args: None
thread = threading.Thread(target=fail)
thread.start()
thread.join()
"""
    plugin, thread = collector.sentry(body)

    assert plugin["fingerprint"] == ["plugin", "Cannot reach <id>"]
    assert thread["exception"]["values"][0]["type"] == "ValueError"
    assert "hunter2" not in collector.everything


@pytest.mark.parametrize(
    ("event", "grouped"),
    [
        ("order.crashed", "order.crashed"),
        ("no d629d5e4-5567-425d-a9cd-bdc1af67b32c here", "no <id> here"),
        ("no D629D5E45567425DA9CDBDC1AF67B32C here", "no <id> here"),
        ("job 123456789 of cafe", "job 123456789 of cafe"),
        ("hash 0123456789abcdef", "hash <id>"),
    ],
)
def test_errors_are_grouped_whatever_object_they_met(event: str, grouped: str) -> None:
    said = Said(event=event, fields={}, offering="", logger="x", level="ERROR", error=None)

    assert fingerprint(said) == ["x", grouped]


def test_apm_gets_errors_without_locals_and_secrets(collector: Collector) -> None:
    (error,) = collector.apm(CRASH, "error")

    assert error["exception"]["message"] == "ValueError: no account for ***, token=***"
    assert error["context"]["custom"]["offering"] == "HPC"
    assert "vars" not in json.dumps(error["exception"])
    assert "hunter2" not in collector.everything
    assert "ada@" not in collector.everything


def test_apm_gets_each_piece_of_work(collector: Collector) -> None:
    body = """
with traced("report", offering="HPC"):
    pass
try:
    with traced("order_process", offering="HPC"):
        fail()
except ValueError:
    pass
"""
    works = collector.apm(body, "transaction")

    assert [(w["name"], w["result"]) for w in works] == [
        ("report", "success"),
        ("order_process", "failure"),
    ]
    assert works[0]["context"]["tags"]["offering"] == "HPC"


@pytest.mark.parametrize(
    ("setting", "value", "missing", "why"),
    [
        (
            "sentry_dsn",
            "https://key@sentry.example.org/1",
            ("sentry_sdk",),
            'the library sentry_sdk is not installed: pip install "waldur-site-agent[sentry]"',
        ),
        (
            "elastic_apm_server_url",
            "https://apm.example.org",
            ("elasticapm",),
            'the library elasticapm is not installed: pip install "waldur-site-agent[apm]"',
        ),
        (
            "sentry_dsn",
            "https://sentry.example.org/without-a-key",
            (),
            "it is no DSN of a Sentry project, such as https://KEY@HOST/NUMBER",
        ),
    ],
)
def test_a_service_that_is_not_to_be_had_is_told_once_and_the_agent_goes_on(
    collector: Collector, setting: str, value: str, missing: tuple[str, ...], why: str
) -> None:
    warning, end = collector.run("logger.error", missing=missing, **{setting: value})

    assert (warning["event"], warning["level"]) == ("error_reporting.off", "warning")
    assert (warning["setting"], warning["why"]) == (setting, why)
    assert end["event"] == "the end"


def test_what_is_not_configured_is_not_loaded(collector: Collector) -> None:
    body = """
for name in ("sentry_sdk", "elasticapm", "prometheus_client", "http.server"):
    if name in sys.modules:
        logger.error(name)
"""
    assert [line["event"] for line in collector.run(body)] == ["the end"]
