"""``waldur_site_agent -m event_process`` as a process, beside a Waldur and a broker on loopback."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.events.memory import MemoryBroker
from waldur_site_agent_testkit.events.stomp_server import StompServer
from waldur_site_agent_testkit.mastermind.faults import Status
from waldur_site_agent_testkit.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

EVENTS = """\
    stomp_enabled: true
    stomp_ws_host: 127.0.0.1
    stomp_ws_port: {port}
    websocket_use_tls: false
    membership_sync_backend: memory
"""
SECONDS = 30.0


@pytest.fixture
def broker(stand: object) -> Iterator[StompServer]:
    """A broker that is not up yet; the offering is on events."""
    broker = MemoryBroker()
    server = StompServer(broker)
    stand.configure(stand.offering() + EVENTS.format(port=server.port))
    stand.small.world.set_username(stand.small.member, stand.small.offering, "ada")
    stand.small.world.publish_through(broker)
    yield server
    server.stop()


def start(stand: object) -> object:
    config = str(stand.config_file)
    return stand.start("waldur_site_agent", "-c", config, "-m", "event_process")


def wait_for(process: object, event: str) -> dict[str, object]:
    for line in process.stdout:
        told = json.loads(line)
        if told["event"] == event:
            return told
    raise AssertionError(f"{event} was never told")


def test_an_order_is_carried_out_and_the_process_ends_in_order(
    stand: object, broker: StompServer
) -> None:
    broker.start()
    with start(stand) as process:
        wait_for(process, "events.connected")
        order = stand.order()
        wait_for(process, "order.done")
        held = broker.broker
        wait_until(
            "all is acknowledged", lambda: not any(held.held(*queue) for queue in held.queues())
        )
        assert order.state == "done"
        assert stand.heartbeat.exists()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    assert "agent.stopped" in out
    assert "Traceback" not in out + err


def test_a_broker_that_is_down_delays_nothing_at_the_start(
    stand: object, broker: StompServer
) -> None:
    order = stand.order()
    with start(stand) as process:
        wait_for(process, "order.done")
        assert order.state == "done"
        broker.start()
        wait_for(process, "events.connected")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 0


@pytest.mark.usefixtures("broker")
def test_once_reconciles_and_exits(stand: object) -> None:
    order = stand.order()
    ended = stand.agent("-m", "event_process", "--once")
    assert ended.code == 0, ended.said
    assert order.state == "done"


@pytest.mark.usefixtures("broker")
def test_once_tells_by_its_code_that_something_was_left(stand: object) -> None:
    stand.order()
    stand.small.world.faults.add(match="team", action=Status(502), times=None)
    assert stand.agent("-m", "event_process", "--once").code == 1


@pytest.mark.usefixtures("broker")
def test_a_dry_run_changes_nothing(stand: object) -> None:
    stand.order()
    ended = stand.agent("-m", "event_process", "--dry-run")
    assert ended.code == 0, ended.said
    assert "1. approve the order" in ended.out
    assert "resources need nothing" in ended.out
    assert stand.writes() == []


def test_a_polled_offering_is_none_of_its_business(stand: object) -> None:
    ended = stand.agent("-m", "event_process", "--once")
    assert ended.code == 2
    assert "stomp_enabled" in ended.err


@pytest.mark.usefixtures("broker")
@pytest.mark.parametrize("words", [("--force",), ("--resource", "hpc_a")])
def test_options_of_other_modes_are_refused(stand: object, words: tuple[str, ...]) -> None:
    ended = stand.agent("-m", "event_process", *words)
    assert ended.code == 2
    assert words[0] in ended.err


@pytest.mark.usefixtures("broker")
def test_nonsense_in_the_environment_is_told(stand: object) -> None:
    variable = "WALDUR_SITE_AGENT_STOMP_UNHEALTHY_AFTER_MINUTES"
    stand.variables[variable] = "soon"
    ended = stand.agent("-m", "event_process", "--once")
    assert ended.code == 2
    assert variable in ended.err
