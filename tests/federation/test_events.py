"""What B tells of happens at once in A; periods are so long here that polling cannot help."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from waldur_site_agent.events.keys import Hint, Key, Kind
from waldur_site_agent.events.reading import Oddity, read_remote_message
from waldur_site_agent_testkit.events.memory import MemoryBroker
from waldur_site_agent_testkit.events.stomp_server import StompServer
from waldur_site_agent_testkit.federation import SOURCE, federation
from waldur_site_agent_testkit.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS = Path(sys.executable).parent
OURS, THEIRS, IT = "a" * 32, "b" * 32, "c" * 32
JULY = date(2027, 7, 31)
SECONDS = 30.0
END_SECONDS = 60.0
"""The agent gives itself 25 of them."""
NEW, OLD = frozenset[str](), frozenset({"register_queue"})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {"object_type": "order", "order_uuid": IT, "order_state": "done"},
            (Hint(Key(OURS, Kind.REMOTE_ORDER, IT)),),
        ),
        (
            {"object_type": "order", "order_uuid": IT, "order_state": "erred"},
            (Hint(Key(OURS, Kind.REMOTE_ORDER, IT)),),
        ),
        ({"object_type": "order", "order_uuid": IT, "order_state": "executing"}, ()),
        (
            {"object_type": "resource", "resource_uuid": IT, "action": "end_date_updated"},
            (Hint(Key(OURS, Kind.REMOTE_RESOURCE, IT)),),
        ),
        (
            {"object_type": "offering_user", "action": "username_set", "username": "slurm_ada"},
            (Hint(Key(OURS, Kind.REMOTE_NAMES, "")),),
        ),
        ({"object_type": "offering_user", "action": "create", "username": ""}, ()),
        ({"object_type": "user_role", "user_uuid": IT}, Oddity("unknown_type", "user_role")),
        (
            {"object_type": "order", "offering_uuid": OURS, "order_uuid": IT},
            Oddity("another_offering", "order"),
        ),
        (
            {"object_type": "order", "order_uuid": "x", "order_state": "done"},
            Oddity("no_order_uuid", "order"),
        ),
    ],
)
def test_what_a_remote_message_says_to_look_at(body: dict, expected: object) -> None:
    wire = json.dumps(body).encode()
    assert read_remote_message(wire, offering=OURS, remote_offering=THEIRS) == expected


class Heard:
    """A federation on events, and a running agent between."""

    def __init__(self, stage: object, brokers: tuple[StompServer, ...], path: Path) -> None:
        self.stage = stage
        self.brokers = brokers
        self.path = path

    def start(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [COMMANDS / "waldur_site_agent", "run", "-c", self.path],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONFAULTHANDLER": "1"},
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=SECONDS)

    def end(self) -> tuple[int, str]:
        """Ask it to end; its exit code and what it said, and where it was if it does not end."""
        self.process.send_signal(signal.SIGTERM)
        try:
            said, _ = self.process.communicate(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)
            said, _ = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, said

    def resource(self) -> object:
        """One that is ordered and done by events alone."""
        stage = self.stage
        order = stage.a.world.order_create(
            stage.project, stage.a.offering, "Simulations", limits={"node_hours": 100}
        )
        wait_until("B has the order", stage.waiting, seconds=SECONDS)
        wait_until(
            "A knows it", lambda: order.backend_id and order.resource.backend_id, seconds=SECONDS
        )
        stage.carry_out_all()
        wait_until("the order is done", lambda: order.state == "done", seconds=SECONDS)
        return order.resource


@contextmanager
def heard(folder: Path, *, target_lacks: frozenset[str]) -> Iterator[Heard]:
    stage = federation(target_lacks=target_lacks, manages_target=True)
    with ExitStack() as stack:
        a, b = stack.enter_context(stage.served())
        brokers = []
        for world in (stage.a.world, stage.b.world):
            broker = MemoryBroker()
            brokers.append(stack.enter_context(StompServer(broker)))
            world.publish_through(broker)
        path = folder / "config.yaml"
        path.write_text(_configuration(stage, a.api_url, b.api_url, brokers), encoding="utf-8")
        played = Heard(stage, tuple(brokers), path)
        played.start()
        try:
            lines = 3 if target_lacks else 1
            wait_until(
                "both brokers are listened to",
                lambda: brokers[0].connections >= 1 and brokers[1].connections >= lines,
                seconds=SECONDS,
            )
            yield played
        finally:
            code, said = played.end()
        assert code == 0, said
        assert "Traceback" not in said, said
        assert stage.b.token not in said
    # Whether B has one queue for all is found out by asking for it.
    odd = [one for one in stage.b.world.violations if "register_queue" not in one.name]
    assert stage.a.world.violations == odd == []


def _configuration(stage: object, a_url: str, b_url: str, brokers: list[StompServer]) -> str:
    a, b = stage.a, stage.b
    offering = {
        "name": "Federated",
        "waldur_api_url": a_url,
        "waldur_api_token": a.token,
        "waldur_offering_uuid": str(a.offering.uuid),
        "stomp_enabled": True,
        "stomp_ws_host": "127.0.0.1",
        "stomp_ws_port": brokers[0].port,
        "websocket_use_tls": False,
        "backend_type": "waldur",
        "order_processing_backend": "waldur",
        "membership_sync_backend": "waldur",
        "username_reconciliation_enabled": True,
        "backend_settings": {
            "target_api_url": b_url,
            "target_api_token": b.token,
            "target_offering_uuid": str(b.offering.uuid),
            "target_customer_uuid": str(b.customer.uuid),
            "identity_bridge_source": SOURCE,
            "target_stomp_enabled": True,
            "target_stomp_ws_port": brokers[1].port,
        },
        "backend_components": {
            "node_hours": {
                "measured_unit": "h",
                "accounting_type": "limit",
                "label": "Node hours",
                "target_components": {
                    "gpu_hours": {"factor": 5},
                    "storage_gb_hours": {"factor": 10},
                },
            }
        },
    }
    return yaml.safe_dump({"offerings": [offering]})


@pytest.mark.parametrize("target_lacks", [NEW, OLD], ids=["common_queue", "queue_a_type"])
def test_orders_dates_and_names_come_by_events(tmp_path: Path, target_lacks: frozenset) -> None:
    with heard(tmp_path, target_lacks=target_lacks) as played:
        stage, resource = played.stage, played.resource()
        (target,) = stage.b.world.state.resources.values()

        stage.b.world.set_end_date(target, JULY)
        wait_until("A has the date", lambda: resource.end_date == JULY, seconds=SECONDS)

        account = stage.a.world.open_account(stage.member, stage.a.offering)
        theirs = next(u for u in stage.b.world.state.users.values() if u.username == "ada@idp.test")
        stage.b.world.set_username(theirs, stage.b.offering, "slurm_ada")
        wait_until("A has the name", lambda: account.username == "slurm_ada", seconds=SECONDS)


def test_what_b_finished_while_the_agent_was_dead_is_found_by_the_next_one(
    tmp_path: Path,
) -> None:
    with heard(tmp_path, target_lacks=NEW) as played:
        stage = played.stage
        order = stage.a.world.order_create(
            stage.project, stage.a.offering, "One", limits={"node_hours": 1}
        )
        wait_until("B has the order", stage.waiting, seconds=SECONDS)
        played.kill()
        stage.carry_out_all()
        played.start()
        wait_until("the order is done", lambda: order.state == "done", seconds=SECONDS)
    assert len(stage.b.world.state.resources) == 1


def test_b_is_heard_also_where_a_is_polled(tmp_path: Path) -> None:
    with heard(tmp_path, target_lacks=NEW) as played:
        stage = played.stage
        played.kill()
        text = played.path.read_text(encoding="utf-8")
        polled = text.replace("stomp_enabled: true\n  stomp_ws", "stomp_enabled: false\n  stomp_ws")
        assert polled != text
        played.path.write_text(polled, encoding="utf-8")
        order = stage.a.world.order_create(
            stage.project, stage.a.offering, "One", limits={"node_hours": 1}
        )
        played.start()
        wait_until("B has the order", stage.waiting, seconds=SECONDS)
        wait_until("A knows it", lambda: order.resource.backend_id, seconds=SECONDS)
        stage.carry_out_all()
        wait_until("the order is done", lambda: order.state == "done", seconds=SECONDS)


def test_a_target_without_a_broker_stops_nothing(tmp_path: Path) -> None:
    with heard(tmp_path, target_lacks=NEW) as played:
        stage = played.stage
        played.brokers[1].stop()
        order = stage.a.world.order_create(
            stage.project, stage.a.offering, "One", limits={"node_hours": 1}
        )
        wait_until("B has the order", stage.waiting, seconds=SECONDS)
        wait_until("A knows it", lambda: order.backend_id, seconds=SECONDS)
        assert order.state == "executing"
