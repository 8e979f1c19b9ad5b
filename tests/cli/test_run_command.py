"""``waldur_site_agent run``: all that is configured, for every offering, in one process."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.events.memory import MemoryBroker
from waldur_site_agent_testkit.events.stomp_server import StompServer
from waldur_site_agent_testkit.mastermind.faults import Status
from waldur_site_agent_testkit.waiting import wait_until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

EVENTS = """\
    stomp_enabled: true
    stomp_ws_host: 127.0.0.1
    stomp_ws_port: {port}
    websocket_use_tls: false
"""
MEMBERS = "    membership_sync_backend: {0}\n"
USAGE = "    reporting_backend: {0}\n"
ORDERS_PERIOD = "WALDUR_SITE_AGENT_ORDER_PROCESS_PERIOD_MINUTES"
MEMBERS_PERIOD = "WALDUR_SITE_AGENT_MEMBERSHIP_SYNC_PERIOD_MINUTES"
OFTEN = "0.005"
GATED = '''\
"""Backends that stop at a gate: a pipe which lets one through for each word written into it."""

import pathlib

from waldur_site_agent_testkit.backends.memory import MemoryBackend


class Slow(MemoryBackend):
    def _pre_create_resource(self, waldur_resource, user_context=None):
        pathlib.Path("gate").read_text()


class Diary(MemoryBackend):
    """Writes down what it does, before and after."""

    def __init__(self, backend_settings, backend_components):
        super().__init__(backend_settings, backend_components)
        self.system.on_effect = self._note

    def _note(self, phase, what):
        with open("diary.txt", "a") as diary:
            diary.write(f"{phase} {what}\\n")
'''
GATED_ENTRY_POINTS = """\
[waldur_site_agent.backends]
slow = gated_plugin:Slow
diary = gated_plugin:Diary
"""


def install(folder: Path) -> None:
    record = folder / "gated_plugin-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: gated-plugin\nVersion: 1.0\n")
    (record / "entry_points.txt").write_text(GATED_ENTRY_POINTS)
    (folder / "gated_plugin.py").write_text(GATED)
    os.mkfifo(folder / "gate")


@pytest.fixture
def broker(stand: object) -> Iterator[StompServer]:
    """A broker that hears of everything; the plugins with a gate are there."""
    install(stand.folder)
    stand.small.world.set_username(stand.small.member, stand.small.offering, "ada")
    broker = MemoryBroker()
    with StompServer(broker) as server:
        stand.small.world.publish_through(broker)
        yield server


def run_once(stand: object, *words: str) -> object:
    return stand.run("waldur_site_agent", "run", "-c", str(stand.config_file), "--once", *words)


def start(stand: object, *words: str) -> subprocess.Popen[str]:
    return stand.start("waldur_site_agent", "run", "-c", str(stand.config_file), *words)


@contextmanager
def running(stand: object, *words: str) -> Iterator[Log]:
    """The agent until the block ends; it then ends in order."""
    with start(stand, *words) as process:
        log = Log(process)
        try:
            yield log
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
            log.end()
        err = process.stderr.read()
    assert process.returncode == 0, log.text + err
    assert "Traceback" not in log.text + err


class Log:
    """What the agent says, read as it comes: a process whose output nobody reads stands still."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.lines: list[dict[str, object]] = []
        self._reader = threading.Thread(target=self._read, args=(process.stdout,))
        self._reader.start()

    def _read(self, stdout: Iterator[str]) -> None:
        self.lines.extend(json.loads(line) for line in stdout)

    def end(self) -> None:
        self._reader.join()

    @property
    def text(self) -> str:
        return "\n".join(map(str, self.lines))

    def has(self, event: str, **fields: object) -> bool:
        wanted = {"event": event, **fields}
        return any(wanted.items() <= line.items() for line in list(self.lines))

    def wait_for(self, event: str, **fields: object) -> None:
        wait_until(f"{event} {fields}", lambda: self.has(event, **fields), seconds=30)


def offering_on_events(stand: object, server: StompServer, plugin: str = "memory") -> str:
    events = EVENTS.format(port=server.port)
    return stand.offering(plugin=plugin) + events + MEMBERS.format(plugin) + USAGE.format(plugin)


class TestAllTogether:
    def test_events_polling_and_reporting_go_on_side_by_side(
        self, stand: object, broker: StompServer
    ) -> None:
        polled = stand.another("Polled")
        stand.configure(
            offering_on_events(stand, broker),
            stand.offering("Polled", uuid=polled.uuid) + MEMBERS.format("memory"),
        )
        stand.variables[ORDERS_PERIOD] = OFTEN
        with running(stand) as log:
            log.wait_for("events.connected", offering="Cluster")
            log.wait_for("usage.pass", offering="Cluster")
            log.wait_for("members.pass", offering="Polled")
            told, asked = stand.order("A"), stand.order("B", polled)
            wait_until("both are done", lambda: {told.state, asked.state} == {"done"})
            assert stand.heartbeat.exists()
        held = broker.broker
        assert not any(held.held(*queue) for queue in held.queues())
        assert log.has("agent.stopped")

    def test_members_are_polled_where_their_events_are_switched_off(
        self, stand: object, broker: StompServer
    ) -> None:
        switch = "    stomp_membership_sync_enabled: false\n"
        stand.configure(offering_on_events(stand, broker) + switch)
        stand.variables[MEMBERS_PERIOD] = OFTEN
        with running(stand) as log:
            log.wait_for("events.connected")
            passes = [line for line in log.lines if line["event"] == "members.pass"]
            log.wait_for("members.pass")
            wait_until(
                "members are looked at again and again",
                lambda: (
                    sum(line["event"] == "members.pass" for line in list(log.lines))
                    > len(passes) + 2
                ),
            )

    def test_waldur_shows_what_is_done_as_what_the_single_modes_call_it(
        self, stand: object, broker: StompServer
    ) -> None:
        stand.configure(offering_on_events(stand, broker))
        assert run_once(stand).code == 0
        state = stand.small.world.state
        assert {service.mode for service in state.services.values()} == {
            "event_process",
            "report",
        }
        assert len(state.identities) == 1

    @pytest.mark.usefixtures("broker")
    def test_usage_is_reported_while_an_order_takes_its_time(self, stand: object) -> None:
        stand.configure(stand.offering(plugin="slow") + USAGE.format("memory"))
        stand.variables["WALDUR_SITE_AGENT_REPORT_PERIOD_MINUTES"] = OFTEN
        order = stand.order()
        with running(stand) as log:
            wait_until("it is at the gate", lambda: order.state == "executing")
            log.lines.clear()
            log.wait_for("usage.pass")
            assert order.state == "executing"
            with (stand.folder / "gate").open("w") as gate:
                gate.write("go on")
            wait_until("it is done", lambda: order.state == "done")


class TestOneThatFails:
    """It never stops the others."""

    def test_a_plugin_that_does_not_load(self, stand: object) -> None:
        other = stand.another("Other")
        stand.configure(stand.offering(plugin="broken"), stand.offering("Other", uuid=other.uuid))
        order = stand.order("B", other)
        ended = run_once(stand)
        assert ended.code == 1
        assert ended.event("offering.unusable")["offering"] == "Cluster"
        assert order.state == "done"

    def test_a_backend_that_refuses(self, stand: object) -> None:
        other = stand.another("Other")
        stand.configure(stand.offering(plugin="grumpy"), stand.offering("Other", uuid=other.uuid))
        left, done = stand.order("A"), stand.order("B", other)
        ended = run_once(stand)
        assert ended.code == 1
        assert (left.state, done.state) == ("pending-provider", "done")

    def test_a_waldur_that_is_not_there(self, stand: object) -> None:
        stand.configure(
            stand.offering("Elsewhere", url="http://127.0.0.1:9/api/", uuid="f" * 32),
            stand.offering(),
            before="waldur_timeout_seconds: 1\n",
        )
        order = stand.order()
        ended = run_once(stand)
        assert ended.code == 1
        assert ended.event("look.failed")["offering"] == "Elsewhere"
        assert order.state == "done"

    def test_an_offering_that_waldur_does_not_have_is_told(self, stand: object) -> None:
        stand.configure(stand.offering(uuid="f" * 32))
        ended = run_once(stand)
        assert ended.code == 1
        assert ended.event("look.failed")["look"] == "orders"


class TestOnce:
    def test_one_of_everything(self, stand: object) -> None:
        stand.configure(stand.offering() + MEMBERS.format("memory") + USAGE.format("memory"))
        order = stand.order()
        ended = run_once(stand)
        assert (ended.code, ended.err) == (0, "")
        assert order.state == "done"
        assert {"members.pass", "usage.pass"} <= {line["event"] for line in ended.events()}

    @pytest.mark.parametrize(
        ("match", "settings"),
        [("team", ""), ("component-usages", USAGE.format("memory")), ("marketplace-orders", "")],
    )
    def test_what_was_left_is_told_by_the_exit_code(
        self, stand: object, match: str, settings: str
    ) -> None:
        stand.configure(stand.offering() + settings)
        stand.order()
        stand.small.world.faults.add(match=match, action=Status(502), times=None)
        assert run_once(stand).code == 1

    def test_an_order_that_the_backend_refuses_is_told_by_the_exit_code(
        self, stand: object
    ) -> None:
        order = stand.order()
        stand.small.world.faults.add(match="set_backend_id", action=Status(400), times=None)
        assert run_once(stand).code == 1
        assert order.state != "done"

    def test_one_offering_only(self, stand: object) -> None:
        other = stand.another("Other")
        stand.configure(stand.offering(), stand.offering("Other", uuid=other.uuid))
        left, done = stand.order("A"), stand.order("B", other)
        assert run_once(stand, "--offering", "Other").code == 0
        assert (left.state, done.state) == ("pending-provider", "done")


class TestDryRun:
    def test_the_plans_of_all_are_printed_and_nothing_is_written(self, stand: object) -> None:
        stand.configure(stand.offering() + MEMBERS.format("memory") + USAGE.format("memory"))
        stand.order()
        words = ("run", "-c", str(stand.config_file), "--dry-run")
        ended = stand.run("waldur_site_agent", *words)
        assert ended.code == 0, ended.said
        assert "1. approve the order" in ended.out
        assert "resources need nothing" in ended.out
        assert "resources and months need nothing" in ended.out
        assert stand.writes() == []


class TestNoStart:
    def test_nothing_is_configured(self, stand: object) -> None:
        stand.configure(stand.offering().replace("order_processing_backend: memory", ""))
        ended = run_once(stand)
        assert ended.code == 2
        assert "reporting_backend" in ended.err

    @pytest.mark.parametrize("words", [("--once",), ("-m", "report"), ("-c", "config.yaml")])
    def test_options_before_the_command_are_not_lost_silently(
        self, stand: object, words: tuple[str, ...]
    ) -> None:
        ended = stand.run("waldur_site_agent", *words, "run")
        assert ended.code == 2
        assert f"Write {words[0]} behind the command" in ended.err

    def test_nonsense_in_the_environment(self, stand: object) -> None:
        stand.variables[MEMBERS_PERIOD] = "often"
        ended = run_once(stand)
        assert ended.code == 2
        assert MEMBERS_PERIOD in ended.err


@pytest.mark.parametrize("on_events", [True, False])
def test_the_end_under_load_leaves_nothing_half_done(
    stand: object, broker: StompServer, *, on_events: bool
) -> None:
    offering = offering_on_events(stand, broker, "diary")
    stand.configure(offering if on_events else offering.replace("stomp_enabled: true", ""))
    orders = [stand.order(f"A{number}") for number in range(40)]
    with running(stand) as log:
        wait_until("some are done", lambda: sum(o.state == "done" for o in orders) > 3)
    assert {order.state for order in orders} > {"done"}, "it ended before all were done"
    assert not log.has("work.not_finished")
    diary = Counter((stand.folder / "diary.txt").read_text().splitlines())
    begun = {what.partition(" ")[2] for what in diary if what.startswith("before")}
    ended = {what.partition(" ")[2] for what in diary if what.startswith("after")}
    assert begun == ended, "the step in hand was finished"
