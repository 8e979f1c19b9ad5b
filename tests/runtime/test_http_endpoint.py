"""What probes and Prometheus are answered over HTTP."""

from __future__ import annotations

import http.client
import json
import socket
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.metrics import counting, recording
from waldur_site_agent.metrics.prometheus import CONTENT_TYPE, Figures
from waldur_site_agent.runtime.errors import CannotListenError
from waldur_site_agent.runtime.http_endpoint import HttpEndpoint, Page
from waldur_site_agent.runtime.pages import figures_page, pages
from waldur_site_agent.runtime.readiness import Readiness
from waldur_site_agent.waldur.connection import ConnectionSettings, RetryPolicy
from waldur_site_agent.waldur.gateway import Waldur
from waldur_site_agent.waldur.transport import Transport
from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_testkit.mastermind.example import small_world
from waldur_site_agent_testkit.mastermind.faults import Status

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator
    from http.client import HTTPResponse

HOST = "127.0.0.1"


class Process:
    """A process with its endpoint, whose beats and clock are moved by hand."""

    def __init__(self) -> None:
        self.progress_age = 0.0
        self.now = 0.0
        self.small = small_world()
        self.figures = Figures()
        recording.record_to(self.figures)
        settings = ConnectionSettings(
            api_url="https://waldur.example.org/api/",
            token=self.small.token,
            retries=RetryPolicy(attempts=1),
        )
        waldur = Waldur(Transport(settings, network=transport(self.small.world)))
        served = pages(
            progress_age=lambda: self.progress_age,
            readiness=Readiness(lambda: [waldur], clock=lambda: self.now),
            figures=lambda: figures_page(self.figures.text(), CONTENT_TYPE),
        )
        self.endpoint = HttpEndpoint(host=HOST, port=0, pages=served)

    def ask(self, path: str, method: str = "GET") -> tuple[HTTPResponse, str]:
        connection = http.client.HTTPConnection(HOST, self.endpoint.port, timeout=10)
        connection.request(method, path)
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return response, body


@pytest.fixture
def process() -> Iterator[Process]:
    process = Process()
    with process.endpoint:
        yield process
    recording.record_to(None)


@pytest.mark.parametrize(
    ("age", "status", "word"), [(0, 200, "alive"), (300, 200, "alive"), (300.5, 503, "stalled")]
)
def test_healthz_tells_of_progress(process: Process, age: float, status: int, word: str) -> None:
    process.progress_age = age
    response, body = process.ask("/healthz")

    assert (response.status, json.loads(body)["status"]) == (status, word)


def test_readyz_tells_whether_waldur_lets_the_agent_in(process: Process) -> None:
    assert process.ask("/readyz")[0].status == 200
    process.small.world.faults.add(match="*users/me*", action=Status(401), times=None)
    process.now = 59
    assert process.ask("/readyz")[0].status == 200
    process.now = 61
    response, body = process.ask("/readyz")

    assert response.status == 503
    assert "Check the token" in json.loads(body)["why"][0]
    assert process.small.token not in body


def test_readyz_asks_waldur_seldom_however_often_it_is_asked(process: Process) -> None:
    process.small.world.faults.add(match="*users/me*", action=Status(503), times=None)
    for _ in range(5):
        assert process.ask("/readyz")[0].status == 503
    assert len(process.small.world.calls) == 1
    process.small.world.faults.clear()
    process.now = 11
    for _ in range(5):
        assert process.ask("/readyz?probe=1")[0].status == 200
    assert len(process.small.world.calls) == 2


def test_metrics_are_what_was_counted(process: Process) -> None:
    counting.pass_ended(offering="HPC", mode="report", outcome="done", seconds=1)
    response, body = process.ask("/metrics")

    assert response.status == 200
    assert str(response.headers["Content-Type"]).startswith("text/plain; version=0.0.4")
    assert 'pass_duration_seconds_count{mode="report",offering="HPC",outcome="done"} 1.0' in body
    assert "process_resident_memory_bytes" in body


def test_anything_else_is_not_there(process: Process) -> None:
    assert process.ask("/")[0].status == 404
    assert process.ask("/healthz/../../etc/passwd")[0].status == 404
    assert process.ask("/healthz", "POST")[0].status == 501


def test_head_is_answered_without_a_body(process: Process) -> None:
    response, body = process.ask("/metrics", "HEAD")

    assert (response.status, body) == (200, "")
    assert int(str(response.headers["Content-Length"])) > 100


def test_a_page_that_fails_costs_that_answer_only(
    stream: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    def fails() -> Page:
        raise RuntimeError("a defect")

    good = Page(body=b"good", content_type="text/plain")
    with HttpEndpoint(host=HOST, port=0, pages={"/bad": fails, "/good": lambda: good}) as endpoint:
        connection = http.client.HTTPConnection(HOST, endpoint.port, timeout=10)
        connection.request("GET", "/bad")
        with pytest.raises(http.client.RemoteDisconnected):
            connection.getresponse()
        connection.request("GET", "/good")
        assert connection.getresponse().read() == b"good"
        connection.close()
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert (line["event"], line["level"]) == ("http.page_failed", "error")
    assert "a defect" in line["exception"]
    assert capfd.readouterr() == ("", "")


def test_a_silent_client_keeps_nobody_waiting(process: Process) -> None:
    with socket.create_connection((HOST, process.endpoint.port)):
        assert process.ask("/healthz")[0].status == 200


def test_a_port_that_is_taken_is_told_with_what_to_do() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListenError) as told:
            HttpEndpoint(host=HOST, port=port, pages={})

    assert str(told.value) == (
        f"Nothing can be served over HTTP on 127.0.0.1 port {port}: Address already in use. "
        "Choose others with http_host and http_port, or with --http-port."
    )


@pytest.mark.parametrize("host", ["192.0.2.1", "a..b", "x" * 70])
def test_a_host_that_is_not_here_is_told(host: str) -> None:
    with pytest.raises(CannotListenError, match="Nothing can be served"):
        HttpEndpoint(host=host, port=0, pages={})


def test_ipv6_is_an_address_like_another() -> None:
    with HttpEndpoint(host="::1", port=0, pages={}) as endpoint:
        connection = http.client.HTTPConnection("::1", endpoint.port, timeout=10)
        connection.request("GET", "/")
        assert connection.getresponse().status == 404
        connection.close()


def test_after_the_end_nobody_listens() -> None:
    with HttpEndpoint(host=HOST, port=0, pages={}) as endpoint:
        pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, endpoint.port), timeout=10)
