"""A broker that is off from the start and all day, beside the agent's own command."""

from __future__ import annotations

import json
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.events.memory import MemoryBroker
from waldur_site_agent_testkit.events.stomp_server import StompServer
from waldur_site_agent_testkit.waiting import wait_until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from waldur_site_agent_testkit.mastermind.state import Order

SECONDS = 90.0
PERIOD = "WALDUR_SITE_AGENT_RECONCILIATION_PERIOD_MINUTES"
EVENTS = """\
    stomp_enabled: true
    stomp_ws_host: 127.0.0.1
    stomp_ws_port: {port}
    websocket_use_tls: false
    membership_sync_backend: lasting
"""


@pytest.fixture
def broker(stand: object) -> Iterator[StompServer]:
    """A broker that is off; the cluster keeps its accounts in a file."""
    broker = MemoryBroker()
    server = StompServer(broker)
    stand.configure(stand.offering(plugin="lasting") + EVENTS.format(port=server.port))
    (stand.folder / "cluster.json").write_text("{}")
    world = stand.small.world
    world.set_username(stand.small.member, stand.small.offering, "ada")
    world.publish_through(broker)
    yield server
    server.stop()


@contextmanager
def at_work(stand: object, *, period: str) -> Iterator[subprocess.Popen[str]]:
    """An agent that has noticed that the broker is off, and looks at everything so often."""
    stand.variables[PERIOD] = period
    config = str(stand.config_file)
    with stand.start("waldur_site_agent", "-c", config, "-m", "event_process") as process:
        deadline = threading.Timer(SECONDS, process.kill)
        deadline.start()
        wait_for(process, "events.down")
        yield process
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate()
        deadline.cancel()
    assert process.returncode == 0, out + err
    assert "Traceback" not in out + err


def wait_for(process: subprocess.Popen[str], event: str) -> dict[str, object]:
    for line in process.stdout:
        told = json.loads(line)
        if told["event"] == event:
            return told
    raise AssertionError(f"{event} was never told")


def wait_for_members(stand: object, order: Order, names: list[str]) -> None:
    def are_there() -> bool:
        accounts = json.loads((stand.folder / "cluster.json").read_text() or "{}")
        return accounts.get(order.resource.backend_id, {}).get("users") == names

    wait_until(f"{names} to be the members", are_there, seconds=SECONDS)


@pytest.mark.usefixtures("broker")
def test_all_that_happens_is_found_by_reconciliation(stand: object) -> None:
    small = stand.small
    with at_work(stand, period="0.05") as process:
        order = stand.order()
        wait_for(process, "order.done")
        wait_for_members(stand, order, ["ada"])

        joiner = small.world.add_user("grace")
        small.world.grant(joiner, small.project)
        small.world.set_username(joiner, small.offering, "grace")
        small.world.revoke(small.member, small.project)
        wait_for_members(stand, order, ["grace"])

        end = small.world.order_terminate(order.resource)
        wait_for(process, "order.done")
        assert end.state == "done"


def test_a_broker_that_comes_is_found_without_a_restart(stand: object, broker: StompServer) -> None:
    with at_work(stand, period="600") as process:
        broker.start()
        wait_for(process, "events.connected")
        order = stand.order()
        wait_for(process, "order.done")
        wait_for_members(stand, order, ["ada"])
        held = broker.broker
        wait_until("an empty queue", lambda: not any(held.held(*queue) for queue in held.queues()))
