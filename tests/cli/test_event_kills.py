"""A process on events that is killed or ended while messages wait, and a broker that goes."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.events.memory import MemoryBroker
from waldur_site_agent_testkit.events.stomp_server import StompServer
from waldur_site_agent_testkit.mastermind.faults import Latency, Status
from waldur_site_agent_testkit.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from waldur_site_agent_testkit.mastermind.state import Order

ORDERS = 100
KILLED_AT = (60, 150, 240, 330, 420)
"""Calls to Waldur, counted from the first."""
END_SECONDS = 30
"""What docs/operations.md says to leave the end."""
PERIODS = "WALDUR_SITE_AGENT_RECONCILIATION_PERIOD_MINUTES"
EVENTS = """\
    stomp_enabled: true
    stomp_ws_host: 127.0.0.1
    stomp_ws_port: {port}
    websocket_use_tls: false
    membership_sync_backend: durable
"""
DURABLE = '''\
"""A cluster that outlives its agents: every effect is in its file before the next."""

import json
import pathlib

from waldur_site_agent_testkit.backends.memory import MemoryAccount, MemoryBackend

STATE, DIARY = pathlib.Path("cluster.json"), pathlib.Path("diary.txt")


class Durable(MemoryBackend):
    def __init__(self, backend_settings, backend_components):
        super().__init__(backend_settings, backend_components)
        if STATE.exists() and not self.system.accounts:
            for name, kept in json.loads(STATE.read_text()).items():
                account = MemoryAccount(name=name, organization="", owner="", **kept)
                account.users = set(account.users)
                self.system.accounts[name] = account
        self.system.on_effect = self._keep

    def _keep(self, phase, what):
        if phase == "after":
            accounts = self.system.accounts.items()
            kept = {n: {"users": sorted(a.users), "limits": a.limits} for n, a in accounts}
            unfinished = STATE.with_suffix(".new")
            unfinished.write_text(json.dumps(kept))
            unfinished.replace(STATE)
            with DIARY.open("a") as diary:
                diary.write(what + "\\n")
'''


def install(folder: Path) -> None:
    record = folder / "durable_plugin-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: durable-plugin\nVersion: 1.0\n")
    (record / "entry_points.txt").write_text(
        "[waldur_site_agent.backends]\ndurable = durable_plugin:Durable\n"
    )
    (folder / "durable_plugin.py").write_text(DURABLE)


@pytest.fixture
def broker(stand: object) -> Iterator[StompServer]:
    install(stand.folder)
    broker = MemoryBroker()
    with StompServer(broker) as server:
        offering = stand.offering(plugin="durable") + EVENTS.format(port=server.port)
        stand.configure(offering)
        stand.variables[PERIODS] = "600"
        stand.small.world.set_username(stand.small.member, stand.small.offering, "ada")
        stand.small.world.publish_through(broker)
        yield server


WAYS = {"events": ("-m", "event_process"), "run": ("run",)}


def start(stand: object, way: str) -> subprocess.Popen[str]:
    return stand.start("waldur_site_agent", *WAYS[way], "-c", str(stand.config_file))


def ended(process: subprocess.Popen[str]) -> None:
    try:
        out, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert "Traceback" not in out + err, out + err


def make_a_queue(stand: object, way: str) -> None:
    """Let a process register its queue; it ends before anything is ordered."""
    with start(stand, way) as process:
        for line in process.stdout:
            if json.loads(line)["event"] == "events.connected":
                break
        process.send_signal(signal.SIGTERM)
        ended(process)


def work_off(stand: object, broker: StompServer, orders: list[Order], way: str) -> None:
    """Let a process do all that is left, and end it."""
    with start(stand, way) as process:
        # A process whose output nobody reads stands still when the pipe is full.
        reader = threading.Thread(target=process.stdout.read)
        reader.start()
        wait_until("all are done", lambda: {o.state for o in orders} == {"done"}, seconds=60)
        held = broker.broker
        wait_until("the queue is empty", lambda: not any(held.held(*q) for q in held.queues()))
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        reader.join()


def accounts_of(stand: object) -> dict[str, dict[str, object]]:
    return json.loads((stand.folder / "cluster.json").read_text())


def assert_each_is_there_once(stand: object, orders: list[Order]) -> None:
    accounts = accounts_of(stand)
    assert set(accounts) == {order.resource.backend_id for order in orders}
    assert {tuple(account["users"]) for account in accounts.values()} == {("ada",)}
    effects = Counter((stand.folder / "diary.txt").read_text().split("\n"))
    assert [what for what, n in effects.items() if what.startswith("create") and n > 1] == []


@pytest.mark.parametrize("way", WAYS)
def test_every_effect_is_there_exactly_once(stand: object, broker: StompServer, way: str) -> None:
    calls = Counter[str]()
    running: list[subprocess.Popen[str]] = []

    def at_a_call(_call: object, phase: str) -> None:
        calls[phase] += 1
        if phase == "before" and calls[phase] in KILLED_AT:
            running[-1].send_signal(signal.SIGKILL)

    make_a_queue(stand, way)
    orders = [stand.order(f"A{number}") for number in range(ORDERS)]
    world = stand.small.world
    for match in ("marketplace-orders", "marketplace-provider-resources", "offering-users"):
        world.faults.add(match=match, action=Status(502), times=ORDERS // 10, after=20)
    world.on_call(at_a_call)

    for number in range(len(KILLED_AT)):
        with start(stand, way) as process:
            running.append(process)
            ended(process)
        assert process.returncode == -signal.SIGKILL
        if number in (1, 3):
            broker.stop()
            broker.start()

    work_off(stand, broker, orders, way)
    assert_each_is_there_once(stand, orders)


@pytest.mark.parametrize("way", WAYS)
def test_an_end_under_load_is_in_time_and_leaves_nothing_half_done(
    stand: object, broker: StompServer, way: str
) -> None:
    make_a_queue(stand, way)
    orders = [stand.order(f"A{number}") for number in range(ORDERS)]
    slow = stand.small.world.faults.add(match="api", action=Latency(0.02), times=None)
    with start(stand, way) as process:
        wait_until("some are done", lambda: sum(o.state == "done" for o in orders) > 5, seconds=60)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=END_SECONDS)
    assert process.returncode == 0, out
    told = [json.loads(line)["event"] for line in out.splitlines()]
    assert told[-1] == "agent.stopped"
    assert "work.not_finished" not in told

    accounts = accounts_of(stand)
    assert set(accounts) <= {order.resource.backend_id for order in orders}
    done = {order.resource.backend_id for order in orders if order.state == "done"}
    assert {tuple(accounts[backend_id]["users"]) for backend_id in done} == {("ada",)}
    (queue,) = broker.broker.queues()
    assert broker.broker.held(*queue) >= ORDERS - len(done) > 0
    slow.cancel()
    work_off(stand, broker, orders, way)
    assert_each_is_there_once(stand, orders)
