"""What the world sees of the agent's command: pages over HTTP, log lines in Waldur, errors."""

from __future__ import annotations

import json
import signal
import socket
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.events.memory import MemoryBroker
from waldur_site_agent_testkit.events.stomp_server import StompServer
from waldur_site_agent_testkit.mastermind.faults import Status
from waldur_site_agent_testkit.ports import reserve_ports
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
SHIPPING = "log_shipping: {enabled: true, log_level: INFO}\n"
MODES = [("order_process", "order_processing"), ("membership_sync", "membership_sync")]
BY_POLLING = [*MODES, ("report", "reporting")]


@pytest.fixture
def port() -> int:
    return reserve_ports(1)[0]


@contextmanager
def running(stand: object, *words: str, until: str) -> Iterator[None]:
    """The agent, once it has told something, until the block ends."""
    words = ("-c", str(stand.config_file), *words)
    with stand.start("waldur_site_agent", *words) as process:
        for line in process.stdout:
            if json.loads(line)["event"] == until:
                break
        yield
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    assert "Traceback" not in out + err


def ask(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return answer.read().decode()


def shipped(stand: object) -> list[str]:
    identities = stand.small.world.state.identities.values()
    return [line.message for identity in identities for line in identity.log]


def test_a_running_agent_answers_probes_and_prometheus(stand: object, port: int) -> None:
    stand.order()
    stand.small.world.set_username(stand.small.member, stand.small.offering, "ada")
    with running(stand, "--http-port", str(port), until="orders.pass"):
        assert json.loads(ask(port, "/healthz"))["status"] == "alive"
        assert json.loads(ask(port, "/readyz"))["status"] == "ready"
        passes = "waldur_site_agent_pass_duration_seconds_count"
        done = f'{passes}{{mode="order_process",offering="Cluster",outcome="done"}} 1.0'
        wait_until("the pass is counted", lambda: done in ask(port, "/metrics"))
        figures = ask(port, "/metrics")
    assert 'changes_total{kind="create_order",offering="Cluster",outcome="done"} 1.0' in figures
    assert 'request_duration_seconds_count{operation="orders.list",outcome="ok"}' in figures
    assert 'build_info{mode="order_process",version=' in figures
    for secret in (stand.small.token, "ada", "Lovelace"):
        assert secret not in figures


def test_the_settings_say_the_port_too(stand: object, port: int) -> None:
    stand.configure(stand.offering(), before=f"http_port: {port}\n")
    with running(stand, until="http.serving"):
        assert json.loads(ask(port, "/healthz"))["status"] == "alive"


def test_a_port_that_is_taken_is_no_start(stand: object) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = stand.agent("--http-port", str(port))
    assert ended.code == 2
    assert f"on 127.0.0.1 port {port}: Address already in use" in ended.err


def test_a_single_pass_listens_nowhere(stand: object) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert stand.agent("--once", "--http-port", str(port)).code == 0


def test_events_show_in_the_figures(stand: object, port: int) -> None:
    broker = MemoryBroker()
    server = StompServer(broker)
    stand.configure(stand.offering() + EVENTS.format(port=server.port))
    stand.small.world.publish_through(broker)
    words = ("-m", "event_process", "--http-port", str(port))
    server.start()
    with running(stand, *words, until="events.connected"):
        stand.order()
        lag = 'event_lag_seconds_count{kind="order",offering="Cluster"} 1.0'
        wait_until("the order is done", lambda: lag in ask(port, "/metrics"))
        looks = 'count{kind="orders",offering="Cluster",outcome="done"}'
        wait_until("the start has looked at all", lambda: looks in ask(port, "/metrics"))
        figures = ask(port, "/metrics")
    server.stop()
    assert 'queue_depth{offering="Cluster"}' in figures
    assert 'events_connected{offering="Cluster"} 1.0' in figures
    assert 'last_success_timestamp_seconds{mode="event_process_orders"' in figures


def test_members_show_in_the_figures_and_so_does_what_was_held_back(
    stand: object, port: int
) -> None:
    users = ["ada", *(f"user{number}" for number in range(8))]
    account = {"hpc_a": {"users": users[1:], "limits": {"cpu": 600}}}
    (stand.folder / "cluster.json").write_text(json.dumps(account))
    small = stand.small
    small.world.add_resource(
        small.project, small.offering, "A", backend_id="hpc_a", limits={"cpu": 10}
    )
    small.world.set_username(small.member, small.offering, "ada")
    stand.configure(stand.offering(role="membership_sync", plugin="lasting"))
    words = ("-m", "membership_sync", "--http-port", str(port))
    with running(stand, *words, until="members.pass"):
        held_back = 'removals_held_back{offering="Cluster"} 8.0'
        wait_until("it is counted", lambda: held_back in ask(port, "/metrics"))
        figures = ask(port, "/metrics")
    changes = 'changes_total{kind="member_%s",offering="Cluster",outcome="%s"} %d.0'
    assert changes % ("added", "done", 1) in figures
    assert changes % ("removed", "held_back", 8) in figures
    assert (
        'pass_duration_seconds_count{mode="membership_sync",offering="Cluster",outcome="left"}'
        in (figures)
    )


def test_usage_that_was_not_sent_shows_in_the_figures(stand: object, port: int) -> None:
    small = stand.small
    small.world.add_resource(
        small.project, small.offering, "A", backend_id="hpc_a", limits={"cpu": 10}
    )
    stand.configure(stand.offering(role="reporting"))
    with running(stand, "-m", "report", "--http-port", str(port), until="usage.pass"):
        missing = 'changes_total{kind="usage",offering="Cluster",outcome="missing"} 1.0'
        wait_until("it is counted", lambda: missing in ask(port, "/metrics"))


@pytest.mark.parametrize(("mode", "role"), BY_POLLING)
def test_log_lines_reach_waldur_in_every_mode(stand: object, mode: str, role: str) -> None:
    stand.configure(stand.offering(role=role), before=SHIPPING)
    if mode == "order_process":
        stand.order()
    assert stand.agent("-m", mode, "--once").code in (0, 1)

    assert any(".pass" in message for message in shipped(stand))
    assert not any("agent.ready" in message for message in shipped(stand))
    assert stand.small.world.violations == []


def test_log_lines_reach_waldur_by_events_too(stand: object) -> None:
    broker = MemoryBroker()
    server = StompServer(broker)
    stand.configure(stand.offering() + EVENTS.format(port=server.port), before=SHIPPING)
    stand.small.world.publish_through(broker)
    stand.order()
    with running(stand, "-m", "event_process", until="order.done"):
        server.start()
    server.stop()

    assert any(message.startswith("order.done") for message in shipped(stand))


def test_a_waldur_that_takes_no_lines_changes_nothing(stand: object) -> None:
    stand.configure(stand.offering(), before=SHIPPING)
    stand.order()
    logs = "*marketplace-site-agent-logs*"
    stand.small.world.faults.add(match=logs, action=Status(503), times=None)
    ended = stand.agent("--once")

    assert ended.code == 0
    assert ended.event("log_shipping.waits")["offering"] == "Cluster"
    assert ended.event("log_shipping.left")["lines"] > 0


def test_a_dry_run_sends_nothing(stand: object) -> None:
    stand.configure(stand.offering(), before=SHIPPING)
    stand.order()
    assert stand.agent("--dry-run").code == 0
    assert stand.writes() == []


def test_sentry_that_is_not_reached_changes_nothing(stand: object) -> None:
    stand.configure(
        stand.offering(plugin="grumpy"), before="sentry_dsn: http://key@127.0.0.1:1/1\n"
    )
    stand.order()
    assert stand.agent("--once").code == 1
