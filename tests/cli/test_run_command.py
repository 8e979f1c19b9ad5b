"""``waldur_site_agent run``: all that is configured, for every offering, in one process."""

from __future__ import annotations

import urllib.request
from collections import Counter
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from waldur_site_agent_testkit.mastermind.faults import Status
from waldur_site_agent_testkit.ports import reserve_ports
from waldur_site_agent_testkit.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent_testkit.events.stomp_server import StompServer

MEMBERS = "    membership_sync_backend: {0}\n"
USAGE = "    reporting_backend: {0}\n"
ORDERS_PERIOD = "WALDUR_SITE_AGENT_ORDER_PROCESS_PERIOD_MINUTES"
MEMBERS_PERIOD = "WALDUR_SITE_AGENT_MEMBERSHIP_SYNC_PERIOD_MINUTES"
OFTEN = "0.005"


def run_once(stand: object, *words: str) -> object:
    return stand.run("waldur_site_agent", "run", "-c", str(stand.config_file), "--once", *words)


def all_on_events(stand: object, server: StompServer, plugin: str = "memory") -> str:
    rest = MEMBERS.format(plugin) + USAGE.format(plugin)
    return stand.on_events(server, plugin=plugin) + rest


class TestAllTogether:
    def test_events_polling_and_reporting_go_on_side_by_side(
        self, stand: object, broker: StompServer
    ) -> None:
        polled = stand.another("Polled")
        stand.configure(
            all_on_events(stand, broker),
            stand.offering("Polled", uuid=polled.uuid) + MEMBERS.format("memory"),
        )
        stand.variables[ORDERS_PERIOD] = OFTEN
        with stand.running() as log:
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
        stand.configure(all_on_events(stand, broker) + switch)
        stand.variables[MEMBERS_PERIOD] = OFTEN
        with stand.running() as log:
            log.wait_for("events.connected")
            log.wait_for("members.pass", times=3)

    def test_waldur_shows_what_is_done_as_what_the_single_modes_call_it(
        self, stand: object, broker: StompServer
    ) -> None:
        stand.configure(all_on_events(stand, broker))
        assert run_once(stand).code == 0
        state = stand.small.world.state
        assert {service.mode for service in state.services.values()} == {
            "event_process",
            "report",
        }
        assert len(state.identities) == 1

    def test_usage_is_reported_while_an_order_takes_its_time(self, stand: object) -> None:
        stand.configure(stand.offering(plugin="gated") + USAGE.format("memory"))
        stand.variables["WALDUR_SITE_AGENT_REPORT_PERIOD_MINUTES"] = OFTEN
        order = stand.order()
        with stand.running() as log:
            stand.wait_for_gate()
            log.wait_for_more("usage.pass")
            assert order.state == "executing"
            stand.open_gate()
            wait_until("it is done", lambda: order.state == "done")


class TestInView:
    """One endpoint for all, and connections that all share."""

    def test_figures_and_probes_are_of_all(self, stand: object, broker: StompServer) -> None:
        port = reserve_ports(1)[0]
        polled = stand.another("Polled")
        stand.configure(all_on_events(stand, broker), stand.offering("Polled", uuid=polled.uuid))
        with stand.running("run", "--http-port", str(port)) as log:
            log.wait_for("usage.pass", offering="Cluster")
            log.wait_for("events.connected")
            looks = 'pass_duration_seconds_count{{mode="run_{0}",offering="{1}",outcome="done"}}'
            wanted = [
                looks.format("orders", "Cluster"),
                looks.format("members", "Cluster"),
                looks.format("usage", "Cluster"),
                looks.format("orders", "Polled"),
                'queue_depth{offering="Polled"}',
                'events_connected{offering="Cluster"} 1.0',
            ]
            wait_until(
                "all is counted", lambda: all(one in ask(port, "/metrics") for one in wanted)
            )
            assert 'events_connected{offering="Polled"}' not in ask(port, "/metrics")
            assert '"alive"' in ask(port, "/healthz")
            assert '"ready"' in ask(port, "/readyz")


def ask(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return answer.read().decode()


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

    def test_a_backend_that_calls_exit(self, stand: object) -> None:
        other = stand.another("Other")
        stand.configure(stand.offering(plugin="leaving"), stand.offering("Other", uuid=other.uuid))
        left, done = stand.order("A"), stand.order("B", other)
        assert stand.code_with_a_defect("run", "--once") == 1
        assert (left.state, done.state) == ("pending-provider", "done")

    def test_an_offering_whose_uuid_is_mistyped(self, stand: object) -> None:
        other = stand.another("Other")
        stand.configure(stand.offering(uuid="HPC"), stand.offering("Other", uuid=other.uuid))
        order = stand.order("B", other)
        ended = run_once(stand)
        assert ended.code == 1
        assert "waldur_offering_uuid" in ended.event("offering.unusable")["problem"]
        assert order.state == "done"

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
    @pytest.mark.parametrize("written", ["{}-{}-{}-{}-{}", "'{{{}{}{}{}{}}}'"])
    @pytest.mark.parametrize("letters", [str.lower, str.upper])
    def test_however_the_offerings_uuid_is_written(
        self, stand: object, written: str, letters: Callable[[str], str]
    ) -> None:
        parts = str(UUID(stand.small.offering.uuid)).split("-")
        stand.configure(stand.offering(uuid=letters(written.format(*parts))))
        order = stand.order()
        assert run_once(stand).code == 0
        assert order.state == "done"

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
    offering = all_on_events(stand, broker, "diary")
    stand.configure(offering if on_events else offering.replace("stomp_enabled: true", ""))
    orders = [stand.order(f"A{number}") for number in range(40)]
    with stand.running() as log:
        wait_until("some are done", lambda: sum(o.state == "done" for o in orders) > 3)
    assert {order.state for order in orders} > {"done"}, "it ended before all were done"
    assert not log.has("work.not_finished")
    diary = Counter((stand.folder / "diary.txt").read_text().splitlines())
    begun = {what.partition(" ")[2] for what in diary if what.startswith("before")}
    ended = {what.partition(" ")[2] for what in diary if what.startswith("after")}
    assert begun == ended, "the step in hand was finished"
