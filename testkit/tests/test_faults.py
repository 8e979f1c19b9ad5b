"""Failures on request, through both doors."""

import threading

import httpx2
import pytest

from waldur_site_agent_testkit.mastermind import (
    BrokenJson,
    DropConnection,
    Fault,
    Hang,
    Latency,
    MissingPage,
    Status,
    TruncatedPage,
)
from waldur_site_agent_testkit.mastermind.calls import Call, Phase
from waldur_site_agent_testkit.mastermind.example import SmallWorld
from waldur_site_agent_testkit.mastermind.server import MastermindServer


class Killed(BaseException):
    """Stands for the end of a process."""


def over_http(server: MastermindServer, token: str) -> httpx2.Client:
    return httpx2.Client(
        base_url=server.api_url, headers={"authorization": f"Token {token}"}, timeout=5
    )


@pytest.mark.parametrize(
    ("match", "meant"),
    [
        ("version", True),
        ("GET version", True),
        ("POST version", False),
        ("/api/version/", True),
        ("/api/*/", True),
        ("/version/", False),
        ("vers*n", True),
        ("users", False),
    ],
)
def test_what_a_pattern_means(match: str, *, meant: bool) -> None:
    assert Fault(match=match, action=Status(500)).matches("GET", "/api/version/") is meant


def test_times_and_after(small: SmallWorld, api: httpx2.Client) -> None:
    fault = small.world.faults.add(match="version", action=Status(502), after=1, times=2)

    statuses = [api.get("version/").status_code for _ in range(5)]

    assert statuses == [200, 502, 502, 200, 200]
    assert (fault.seen, fault.fired) == (5, 2)


def test_every_so_many_th_call(small: SmallWorld, api: httpx2.Client) -> None:
    small.world.faults.add(match="version", action=Status(502), after=1, times=2, every=3)

    statuses = [api.get("version/").status_code for _ in range(8)]

    assert statuses == [200, 502, 200, 200, 502, 200, 200, 200]


def test_until_cancelled(small: SmallWorld, api: httpx2.Client) -> None:
    fault = small.world.faults.add(match="version", action=Status(429, retry_after=7), times=None)

    answers = [api.get("version/") for _ in range(3)]
    fault.cancel()

    assert {(a.status_code, a.headers["retry-after"]) for a in answers} == {(429, "7")}
    assert api.get("version/").status_code == 200


@pytest.mark.parametrize(
    ("action", "error", "effect"),
    [
        (DropConnection(), httpx2.ConnectError, False),
        (DropConnection(before=False), httpx2.ReadError, True),
        (Hang(), httpx2.ReadTimeout, False),
        (Hang(before=False), httpx2.ReadTimeout, True),
    ],
)
def test_a_lost_answer_may_have_had_its_effect(
    small: SmallWorld,
    api: httpx2.Client,
    action: DropConnection | Hang,
    error: type[Exception],
    *,
    effect: bool,
) -> None:
    order = small.world.order_create(small.project, small.offering, "work")
    small.world.faults.add(match="POST approve_by_provider", action=action)

    with pytest.raises(error):
        api.post(f"marketplace-orders/{order.uuid}/approve_by_provider/", json={})

    assert order.state == ("executing" if effect else "pending-provider")
    assert small.world.calls[-1].status is None


def test_a_lying_status_after_the_effect(small: SmallWorld, api: httpx2.Client) -> None:
    order = small.world.order_create(small.project, small.offering, "work")
    small.world.faults.add(match="approve", action=Status(502, before=False))

    answer = api.post(f"marketplace-orders/{order.uuid}/approve_by_provider/", json={})

    assert (answer.status_code, order.state) == (502, "executing")


def test_a_truncated_page_still_counts_its_rows(small: SmallWorld, api: httpx2.Client) -> None:
    for name in "abc":
        small.world.add_resource(small.project, small.offering, name)
    small.world.faults.add(match="provider-resources", action=TruncatedPage())

    answer = api.get("marketplace-provider-resources/")

    assert (len(answer.json()), answer.headers["x-result-count"]) == (2, "3")


def test_a_missing_page(small: SmallWorld, api: httpx2.Client) -> None:
    small.world.faults.add(match="orders", action=MissingPage())

    answer = api.get("marketplace-orders/")

    assert (answer.status_code, answer.json()) == (404, {"detail": "Invalid page."})


def test_broken_json(small: SmallWorld, api: httpx2.Client) -> None:
    small.world.faults.add(match="users/me", action=BrokenJson())

    answer = api.get("users/me/")

    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()


def test_latency_is_recorded_by_the_direct_door(small: SmallWorld, api: httpx2.Client) -> None:
    small.world.faults.add(match="version", action=Latency(3600))

    assert api.get("version/").status_code == 200
    assert small.world.calls[-1].delay == 3600


@pytest.mark.parametrize(
    ("phase", "state"), [("before", "pending-provider"), ("after", "executing")]
)
def test_an_observer_may_kill_the_caller_of_the_direct_door(
    small: SmallWorld, api: httpx2.Client, phase: Phase, state: str
) -> None:
    order = small.world.order_create(small.project, small.offering, "work")

    def kill(call: Call, now: Phase) -> None:
        if now == phase and "approve" in call.path:
            raise Killed

    small.world.on_call(kill)
    with pytest.raises(Killed):
        api.post(f"marketplace-orders/{order.uuid}/approve_by_provider/", json={})
    assert order.state == state


@pytest.mark.parametrize("before", [True, False])
def test_a_connection_breaks_over_http(
    mastermind: MastermindServer, mastermind_world: SmallWorld, *, before: bool
) -> None:
    order = mastermind.world.order_create(mastermind_world.project, mastermind_world.offering, "x")
    mastermind.world.faults.add(match="approve", action=DropConnection(before=before))

    with over_http(mastermind, mastermind_world.token) as client:
        with pytest.raises(httpx2.TransportError):
            client.post(f"marketplace-orders/{order.uuid}/approve_by_provider/", json={})
        assert client.get("version/").status_code == 200
    assert order.state == ("pending-provider" if before else "executing")


def test_a_released_hang_breaks_the_connection(
    mastermind: MastermindServer, mastermind_world: SmallWorld
) -> None:
    release = threading.Event()
    mastermind.world.faults.add(match="version", action=Hang(until=release))
    mastermind.world.on_call(lambda _call, phase: release.set() if phase == "after" else None)

    with (
        over_http(mastermind, mastermind_world.token) as client,
        pytest.raises(httpx2.TransportError),
    ):
        client.get("version/")


def test_latency_over_http(mastermind: MastermindServer, mastermind_world: SmallWorld) -> None:
    mastermind.world.faults.add(match="version", action=Latency(600))

    with over_http(mastermind, mastermind_world.token) as client:
        with pytest.raises(httpx2.ReadTimeout):
            client.get("version/", timeout=0.05)
        assert client.get("version/").status_code == 200


def test_nothing_hangs_on_after_a_stop(small: SmallWorld) -> None:
    arrived, before = threading.Event(), set(threading.enumerate())
    small.world.faults.add(match="version", action=Hang(seconds=600))
    small.world.on_call(lambda _call, phase: arrived.set() if phase == "after" else None)
    server = MastermindServer(small.world).start()
    errors: list[Exception] = []

    def ask() -> None:
        with over_http(server, small.token) as client:
            try:
                client.get("version/")
            except httpx2.TransportError as error:
                errors.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    assert arrived.wait(5)
    server.stop()
    asking.join(5)

    assert len(errors) == 1
    assert set(threading.enumerate()) <= before
