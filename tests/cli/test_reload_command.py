"""New settings while the agent runs: taken over where they can be used, and nothing gets lost."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.waiting import wait_until

if TYPE_CHECKING:
    from waldur_site_agent_testkit.events.stomp_server import StompServer

OFTEN = "0.005"
PERIODS = {
    "order_process": "WALDUR_SITE_AGENT_ORDER_PROCESS_PERIOD_MINUTES",
    "membership_sync": "WALDUR_SITE_AGENT_MEMBERSHIP_SYNC_PERIOD_MINUTES",
    "report": "WALDUR_SITE_AGENT_REPORT_PERIOD_MINUTES",
}
ROLES = {
    "order_process": "order_processing",
    "membership_sync": "membership_sync",
    "report": "reporting",
}
PASSES = {"order_process": "orders.pass", "membership_sync": "members.pass", "report": "usage.pass"}
NEITHER: dict[str, object] = {"changed": [], "begun": [], "ended": []}


def reloaded(log: object, **changes: object) -> None:
    log.wait_for("configuration.reloaded", **{**NEITHER, **changes})


class TestInOneProcess:
    """Two offerings: one that changes, and one whose work goes on undisturbed."""

    @pytest.fixture
    def other(self, stand: object) -> object:
        stand.variables[PERIODS["order_process"]] = OFTEN
        return stand.another("Other")

    def both(self, stand: object, other: object, **changes: str) -> tuple[str, str]:
        return stand.offering(**changes), stand.offering("Other", uuid=other.uuid)

    def test_nothing_changed(self, stand: object, other: object) -> None:
        stand.configure(*self.both(stand, other))
        with stand.running() as log:
            log.wait_for("agent.ready")
            log.hang_up()
            reloaded(log, unchanged=2)

    def test_one_changed_and_works_by_its_new_settings(self, stand: object, other: object) -> None:
        stand.configure(*self.both(stand, other))
        with stand.running() as log:
            log.wait_for("agent.ready")
            old = self.both(stand, other)
            stand.configure(old[0].replace("hpc_", "new_"), old[1])
            log.hang_up()
            reloaded(log, changed=["Cluster"], unchanged=1)
            order, undisturbed = stand.order("A"), stand.order("B", other)
            wait_until("both are done", lambda: {order.state, undisturbed.state} == {"done"})
        assert order.resource.backend_id == "new_a"
        assert undisturbed.resource.backend_id == "hpc_b"

    def test_one_comes(self, stand: object, other: object) -> None:
        stand.configure(stand.offering())
        with stand.running() as log:
            log.wait_for("agent.ready", offerings=1)
            order = stand.order("B", other)
            stand.configure(*self.both(stand, other))
            log.hang_up()
            reloaded(log, begun=["Other"], unchanged=1)
            wait_until("its order is done", lambda: order.state == "done")

    def test_one_leaves(self, stand: object, other: object) -> None:
        stand.configure(*self.both(stand, other))
        with stand.running() as log:
            log.wait_for("agent.ready", offerings=2)
            stand.configure(stand.offering())
            log.hang_up()
            reloaded(log, ended=["Other"], unchanged=1)
            left, done = stand.order("B", other), stand.order("A")
            wait_until("that of the other is done", lambda: done.state == "done")
        assert left.state == "pending-provider"

    def test_one_cannot_be_used_any_more_and_goes_on_as_it_was(
        self, stand: object, other: object
    ) -> None:
        stand.configure(*self.both(stand, other))
        with stand.running() as log:
            log.wait_for("agent.ready", offerings=2)
            stand.configure(*self.both(stand, other, plugin="broken"))
            log.hang_up()
            reloaded(log, unchanged=1)
            log.wait_for("offering.held", offering="Cluster")
            order = stand.order()
            wait_until("it goes on", lambda: order.state == "done")
            stand.configure(*self.both(stand, other, plugin="lasting"))
            (stand.folder / "cluster.json").write_text("{}")
            log.hang_up()
            reloaded(log, changed=["Cluster"], unchanged=1)

    def test_one_whose_uuid_is_mistyped_goes_on_as_it_was(
        self, stand: object, other: object
    ) -> None:
        stand.configure(*self.both(stand, other))
        with stand.running() as log:
            log.wait_for("agent.ready", offerings=2)
            stand.configure(*self.both(stand, other, uuid="HPC"))
            log.hang_up()
            reloaded(log, unchanged=1)
            log.wait_for("offering.held", offering="Cluster")
            order = stand.order()
            wait_until("it goes on", lambda: order.state == "done")

    @pytest.mark.parametrize(
        ("spoil", "problem"),
        [
            (lambda _text: "offerings: []\n", "No offering is left"),
            (lambda text: text + "    verify_ssl: perhaps\n", "verify_ssl"),
            (lambda text: text[: len(text) // 2] + "\n\t'", "no valid YAML"),
            (lambda text: re.sub("waldur_api_token: .*", "waldur_api_token: !file no", text), "no"),
            (None, "no file that can be read"),
        ],
    )
    def test_a_file_that_cannot_be_used_is_refused_and_told(
        self, stand: object, other: object, spoil: object, problem: str
    ) -> None:
        stand.configure(*self.both(stand, other))
        good = stand.config_file.read_text()
        with stand.running() as log:
            log.wait_for("agent.ready")
            if spoil is None:
                stand.config_file.unlink()
            else:
                stand.config_file.write_text(spoil(good))
            log.hang_up()
            log.wait_for("configuration.refused")
            order = stand.order()
            wait_until("the agent goes on", lambda: order.state == "done")
            stand.config_file.write_text(good)
            log.hang_up()
            reloaded(log, unchanged=2)
        told = str(log.all("configuration.refused")[0]["problems"])
        assert problem in told
        assert stand.small.token not in log.text


class TestFiles:
    """Noticed without anybody telling, once they have settled."""

    def test_the_file_changed(self, stand: object) -> None:
        stand.variables[PERIODS["order_process"]] = OFTEN
        stand.configure(stand.offering())
        with stand.running() as log:
            log.wait_for("agent.ready")
            stand.configure(stand.offering().replace("hpc_", "new_"))
            reloaded(log, changed=["Cluster"])

    def test_a_file_with_a_secret_changed(self, stand: object) -> None:
        token = stand.folder / "token"
        token.write_text("0123456789abcdef0123456789abcdef01234567")
        token.chmod(0o600)
        stand.variables[PERIODS["order_process"]] = OFTEN
        stand.configure(stand.offering(token="!file token"))
        order = stand.order()
        with stand.running() as log:
            log.wait_for("look.failed")
            token.write_text(stand.small.token)
            reloaded(log, changed=["Cluster"])
            wait_until("it is let in", lambda: order.state == "done")

    def test_a_refused_file_is_told_once_and_one_that_mends_it_is_noticed(
        self, stand: object
    ) -> None:
        stand.variables[PERIODS["order_process"]] = OFTEN
        stand.configure(stand.offering())
        with stand.running() as log:
            log.wait_for("agent.ready")
            stand.configure(stand.offering(token="!file token"))
            log.wait_for("configuration.refused")
            order = stand.order()
            wait_until("the agent goes on", lambda: order.state == "done")
            (stand.folder / "token").write_text(stand.small.token)
            reloaded(log, unchanged=1)
        assert len(log.all("configuration.refused")) == 1


class TestNoWorkIsDropped:
    def test_a_message_in_hand(self, stand: object, broker: StompServer) -> None:
        other = stand.another("Other")
        stand.variables[PERIODS["order_process"]] = OFTEN
        gated = stand.on_events(broker, plugin="gated")
        undisturbed = stand.offering("Other", uuid=other.uuid)
        stand.configure(gated, undisturbed)
        with stand.running() as log:
            log.wait_for("events.connected")
            in_hand = stand.order("A")
            stand.wait_for_gate()
            waits = stand.order("B")

            stand.configure(gated.replace("hpc_", "new_"), undisturbed)
            log.hang_up()
            reloaded(log, changed=["Cluster"])
            late, beside = stand.order("C"), stand.order("D", other)
            wait_until("the other works meanwhile", lambda: beside.state == "done")
            assert (in_hand.state, waits.state) == ("executing", "pending-provider")

            all_of_them = (in_hand, waits, late)
            for number in (1, 2, 3):
                stand.open_gate()
                wait_until(
                    "one more is done",
                    lambda number=number: sum(o.state == "done" for o in all_of_them) == number,
                )
            held = broker.broker
            wait_until("all is acknowledged", lambda: not any(held.held(*q) for q in held.queues()))
        names = [order.resource.backend_id for order in all_of_them]
        assert names == ["hpc_a", "new_b", "new_c"], "the step in hand was finished as it began"
        assert len(log.all("events.connected", offering="Cluster")) == 2

    def test_a_storm_of_new_settings_under_load(self, stand: object, broker: StompServer) -> None:
        offering = stand.on_events(broker, plugin="diary")
        stand.configure(offering)
        with stand.running() as log:
            log.wait_for("events.connected")
            orders = [stand.order(f"A{number}") for number in range(30)]
            for number in range(5):
                done = sum(order.state == "done" for order in orders)
                stand.configure(offering.replace("hpc_", f"hpc_{number}_"))
                log.hang_up()
                log.wait_for_more("configuration.reloaded")
                wait_until(
                    "some more are done",
                    lambda done=done: sum(order.state == "done" for order in orders) > done,
                )
            wait_until("all are done", lambda: {order.state for order in orders} == {"done"})
        diary = Counter((stand.folder / "diary.txt").read_text().splitlines())
        assert {number for what, number in diary.items() if "create" in what} == {1}


class TestRootKeys:
    def test_the_level_of_the_log(self, stand: object) -> None:
        stand.configure(stand.offering())
        with stand.running() as log:
            log.wait_for("agent.ready")
            stand.configure(stand.offering(), before="log_level: DEBUG\n")
            log.hang_up()
            reloaded(log, unchanged=1)
            log.wait_for("waldur.request")

    def test_what_belongs_to_every_offering(self, stand: object) -> None:
        stand.configure(stand.offering())
        with stand.running() as log:
            log.wait_for("agent.ready")
            stand.configure(stand.offering(), before="waldur_timeout_seconds: 5\n")
            log.hang_up()
            reloaded(log, changed=["Cluster"])

    def test_what_needs_a_restart_is_told(self, stand: object) -> None:
        stand.configure(stand.offering())
        with stand.running() as log:
            log.wait_for("agent.ready")
            stand.configure(stand.offering(), before="http_port: 9464\n")
            log.hang_up()
            log.wait_for("configuration.needs_restart", keys=["http_port"])
            reloaded(log, unchanged=1)

    def test_log_shipping_follows(self, stand: object) -> None:
        stand.variables[PERIODS["order_process"]] = OFTEN
        stand.configure(stand.offering())
        with stand.running() as log:
            log.wait_for("agent.ready")
            shipping = "log_shipping: {enabled: true, log_level: INFO}\n"
            stand.configure(stand.offering(), before=shipping)
            log.hang_up()
            reloaded(log, unchanged=1)
            order = stand.order()
            wait_until("it is done", lambda: order.state == "done")
        identities = stand.small.world.state.identities.values()
        lines = [line.message for identity in identities for line in identity.log]
        assert any("order.done" in line for line in lines)


@pytest.mark.parametrize("mode", PASSES)
class TestInASingleMode:
    def test_an_offering_comes_at_once_and_another_leaves(self, stand: object, mode: str) -> None:
        other = stand.another("Other")
        stand.order("B", other)
        role = ROLES[mode]
        stand.configure(stand.offering(role=role))
        with stand.running("-m", mode) as log:
            log.wait_for("agent.ready", offerings=1)
            stand.configure(stand.offering("Other", uuid=other.uuid, role=role))
            log.hang_up()
            reloaded(log, begun=["Other"], ended=["Cluster"])
            log.wait_for(PASSES[mode], offering="Other")

    def test_a_bad_file_is_refused(self, stand: object, mode: str) -> None:
        stand.configure(stand.offering(role=ROLES[mode]))
        with stand.running("-m", mode) as log:
            log.wait_for("agent.ready")
            stand.configure("  - nonsense\n")
            log.hang_up()
            log.wait_for("configuration.refused")
