"""What B tells comes to A by a real RabbitMQ, in both generations of the protocol.

A itself is polled, once at the start and then so rarely that polling cannot help: no message of A's
makes the agent look by chance.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import yaml

from waldur_site_agent_testkit.events.rabbit import RabbitBroker
from waldur_site_agent_testkit.federation import SOURCE, Federation, federation
from waldur_site_agent_testkit.relay import Relay
from waldur_site_agent_testkit.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from waldur_site_agent_testkit.mastermind.state import Order
    from waldur_site_agent_testkit.rabbitmq.server import RabbitMQ

AGENT = Path(sys.executable).with_name("waldur_site_agent")
SECONDS = 60.0
JULY = date(2027, 7, 31)


@dataclass
class Stand:
    """A federation, the way to B's broker, and what the agent is started with."""

    stage: Federation
    to_target: Relay
    command: list[str]

    @contextmanager
    def agent(self, *, lines: int) -> Iterator[None]:
        """A running agent that listens to B by so many connections."""
        before = self.to_target.connections
        process = subprocess.Popen(  # noqa: S603 - our own command
            self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            self.wait("B is listened to", lambda: self.to_target.connections >= before + lines)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=SECONDS)
        assert "Traceback" not in said, said
        assert self.stage.b.token not in said

    @staticmethod
    def wait(what: str, until: Callable[[], object]) -> None:
        wait_until(what, until, seconds=SECONDS)

    def order(self, name: str) -> Order:
        """One that the agent finds at its start."""
        stage = self.stage
        return stage.a.world.order_create(
            stage.project, stage.a.offering, name, limits={"node_hours": 100}
        )

    def wait_for_target(self, order: Order) -> None:
        """Wait until B's provider has it in hand, and A follows it."""
        self.wait("A knows B's order", lambda: order.backend_id)
        self.wait("A knows B's resource", lambda: order.resource.backend_id)

    def wait_for(self, order: Order) -> None:
        self.wait("the order is done", lambda: order.state == "done")


@contextmanager
def stand_on(rabbitmq: RabbitMQ, folder: Path, *, lacks: frozenset[str]) -> Iterator[Stand]:
    stage = federation(seed=uuid4().int, target_lacks=lacks, manages_target=True)
    with (
        closing(RabbitBroker(rabbitmq)) as broker,
        Relay(rabbitmq.port) as to_target,
        stage.served() as (a, b),
    ):
        stage.b.world.publish_through(broker)
        path = folder / "config.yaml"
        offering = _offering(stage, a.api_url, b.api_url, to_target.port)
        path.write_text(yaml.safe_dump({"offerings": [offering]}), encoding="utf-8")
        path.chmod(0o600)
        yield Stand(stage, to_target, [str(AGENT), "run", "-c", str(path)])


def _offering(stage: Federation, a_url: str, b_url: str, port: int) -> dict[str, object]:
    targets = {"gpu_hours": {"factor": 5}, "storage_gb_hours": {"factor": 10}}
    component = {"measured_unit": "h", "accounting_type": "limit", "label": "Node hours"}
    return {
        "name": "Federated",
        "waldur_api_url": a_url,
        "waldur_api_token": stage.a.token,
        "waldur_offering_uuid": str(stage.a.offering.uuid),
        "stomp_ws_path": "/ws",
        "websocket_use_tls": False,
        "backend_type": "waldur",
        "order_processing_backend": "waldur",
        "membership_sync_backend": "waldur",
        "username_reconciliation_enabled": True,
        "backend_settings": {
            "target_api_url": b_url,
            "target_api_token": stage.b.token,
            "target_offering_uuid": str(stage.b.offering.uuid),
            "target_customer_uuid": str(stage.b.customer.uuid),
            "identity_bridge_source": SOURCE,
            "target_stomp_enabled": True,
            "target_stomp_ws_port": port,
        },
        "backend_components": {"node_hours": {**component, "target_components": targets}},
    }


@pytest.mark.parametrize(
    ("lacks", "lines"),
    [
        pytest.param(frozenset(), 1, id="common_queue"),
        pytest.param(frozenset({"register_queue"}), 3, id="queue_a_type"),
    ],
)
def test_orders_dates_and_names_come_by_bs_broker(
    rabbitmq: RabbitMQ, tmp_path: Path, lacks: frozenset[str], lines: int
) -> None:
    with stand_on(rabbitmq, tmp_path, lacks=lacks) as stand:
        stage, order = stand.stage, stand.order("One")
        with stand.agent(lines=lines):
            stand.wait_for_target(order)
            stage.carry_out_all()
            stand.wait_for(order)

            (target,) = stage.b.world.state.resources.values()
            stage.b.world.set_end_date(target, JULY)
            stand.wait("A has the date", lambda: order.resource.end_date == JULY)

            account = stage.a.world.open_account(stage.member, stage.a.offering)
            users = stage.b.world.state.users.values()
            theirs = next(user for user in users if user.username == stage.member.username)
            stage.b.world.set_username(theirs, stage.b.offering, "slurm_ada")
            stand.wait("A has the name", lambda: account.username == "slurm_ada")


def test_a_connection_that_breaks_loses_nothing(rabbitmq: RabbitMQ, tmp_path: Path) -> None:
    with stand_on(rabbitmq, tmp_path, lacks=frozenset()) as stand:
        orders = [stand.order("One"), stand.order("Two")]
        with stand.agent(lines=1):
            for order in orders:
                stand.wait_for_target(order)
            stand.to_target.cut()
            stand.stage.carry_out_all()
            for order in orders:
                stand.wait_for(order)
    assert len(stand.stage.b.world.state.resources) == len(orders)
