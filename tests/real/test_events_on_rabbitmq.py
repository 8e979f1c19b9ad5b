"""Events by a real RabbitMQ, set up and fed as Mastermind does it."""

from __future__ import annotations

import json
import queue
import signal
import ssl
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from waldur_site_agent.config.models import Offering
from waldur_site_agent.events.broker import Broker
from waldur_site_agent.events.consumer import Consumer
from waldur_site_agent.events.keys import Kind
from waldur_site_agent.events.pace import Pace
from waldur_site_agent.events.session import Wishes
from waldur_site_agent.events.subject import subject_of
from waldur_site_agent.waldur.connection import ConnectionSettings, connect
from waldur_site_agent_testkit.events.rabbit import RabbitBroker
from waldur_site_agent_testkit.mastermind.server import MastermindServer
from waldur_site_agent_testkit.mastermind.world import World
from waldur_site_agent_testkit.rabbitmq.publishing import publish
from waldur_site_agent_testkit.relay import Relay
from waldur_site_agent_testkit.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from waldur_site_agent.events.delivery import Delivery
    from waldur_site_agent.events.health import Health
    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent_testkit.mastermind.state import EventConsumer, Project, User
    from waldur_site_agent_testkit.mastermind.state import Offering as WorldOffering
    from waldur_site_agent_testkit.rabbitmq.management import Management
    from waldur_site_agent_testkit.rabbitmq.server import RabbitMQ

SECONDS = 60.0
QUICK = Pace(first=0.05, longest=0.5)
BEAT = 2.0


@dataclass
class Stand:
    """Waldur in process, its events by the real broker, and what came of them."""

    world: World
    server: MastermindServer
    rabbitmq: RabbitMQ
    agent: User
    project: Project
    offering: WorldOffering
    deliveries: queue.SimpleQueue[Delivery] = field(default_factory=queue.SimpleQueue)
    running: list[tuple[Consumer, Waldur]] = field(default_factory=list)

    @property
    def management(self) -> Management:
        return self.rabbitmq.management

    @property
    def registered(self) -> EventConsumer:
        (consumer,) = self.world.state.event_consumers.values()
        return consumer

    @property
    def names(self) -> tuple[str, str]:
        """Vhost and queue."""
        return self.agent.uuid, self.registered.queue

    def settings(self) -> Offering:
        return Offering.model_validate(
            {
                "name": "Cluster",
                "waldur_api_url": self.server.api_url,
                "waldur_api_token": self.agent.token,
                "waldur_offering_uuid": self.offering.uuid,
                "backend_type": "slurm",
                "stomp_enabled": True,
                "order_processing_backend": "slurm",
            }
        )

    def broker(self, port: int = 0, **settings: object) -> Broker:
        connection = ConnectionSettings(api_url=self.server.api_url, token=self.agent.token)
        return Broker(
            url=f"ws://127.0.0.1:{port or self.rabbitmq.port}/ws",
            connection=replace(connection, **settings),
        )

    def consume(self, broker: Broker | None = None, *, prefetch: int = 10) -> Consumer:
        used = broker or self.broker()
        waldur = connect(used.connection)
        consumer = Consumer(
            subject=subject_of(self.settings()),
            waldur=waldur,
            identity=lambda: self.identity(waldur),
            broker=used,
            deliver=self.deliveries.put,
            wishes=Wishes(heart_beat=BEAT, prefetch=prefetch),
            pace=QUICK,
        )
        self.running.append((consumer, waldur))
        consumer.start()
        return consumer

    def identity(self, waldur: Waldur) -> UUID:
        return waldur.agents.register_identity(
            offering_uuid=self.offering.uuid,
            name="agent",
            version="2",
            dependencies={},
            last_restarted=self.world.clock.now(),
        ).uuid

    def connected(self) -> Consumer:
        consumer = self.consume()
        wait_for_connection(consumer)
        return consumer

    def publish_orders(self, count: int) -> list[str]:
        """Put messages about so many orders into the queue, past Waldur."""
        uuids = [uuid4().hex for _ in range(count)]
        bodies = [
            json.dumps({"object_type": "order", "order_uuid": uuid}).encode() for uuid in uuids
        ]
        publish(self.rabbitmq.layout, *self.names, bodies)
        return uuids

    def next(self) -> Delivery:
        return self.deliveries.get(timeout=SECONDS)

    def wait_until_empty(self) -> None:
        wait_until("an empty queue", self.is_empty, seconds=SECONDS)

    def is_empty(self) -> bool:
        return self.management.waiting(*self.names) == 0


@contextmanager
def at_work(rabbitmq: RabbitMQ, *, lacks: tuple[str, ...] = ()) -> Iterator[Stand]:
    world = World(seed=uuid4().int, lacks=lacks)
    provider = world.add_customer("University")
    offering = world.add_offering(provider, "Cluster")
    world.add_plan(offering)
    with closing(RabbitBroker(rabbitmq)) as broker, MastermindServer(world) as server:
        world.publish_through(broker)
        stand = Stand(
            world=world,
            server=server,
            rabbitmq=rabbitmq,
            agent=world.add_user("agent", is_staff=True),
            project=world.add_project(provider, "Climate"),
            offering=offering,
        )
        yield stand
        for consumer, waldur in stand.running:
            assert consumer.stop(seconds=10)
            waldur.close()


@pytest.fixture
def stand(rabbitmq: RabbitMQ) -> Iterator[Stand]:
    with at_work(rabbitmq) as stand:
        yield stand


def only(consumer: Consumer) -> Health:
    (health,) = consumer.health()
    return health


def wait_for_connection(consumer: Consumer) -> None:
    wait_until("connected", lambda: only(consumer).connected_since is not None, seconds=SECONDS)


def order_of(delivery: Delivery) -> str:
    (hint,) = delivery.hints
    assert hint.key.kind is Kind.ORDER
    return hint.key.object


def test_an_order_reaches_the_agent_and_leaves_the_queue_once_it_is_acknowledged(
    stand: Stand,
) -> None:
    consumer = stand.connected()
    order = stand.world.order_create(stand.project, stand.offering, "One")
    delivery = stand.next()
    assert order_of(delivery) == order.uuid
    wait_until("counted", lambda: not stand.is_empty(), seconds=SECONDS)
    delivery.ack()
    stand.wait_until_empty()
    assert consumer.stop(seconds=5)
    assert only(consumer).reason == "stopped"


def test_a_lost_connection_brings_unacknowledged_messages_again(stand: Stand) -> None:
    with Relay(stand.rabbitmq.port) as relay:
        consumer = stand.consume(stand.broker(relay.port))
        wait_for_connection(consumer)
        uuids = set(stand.publish_orders(5))
        first = [stand.next() for _ in range(5)]
        first[0].ack()
        unacknowledged = stand.management.unacknowledged
        wait_until("four in hand", lambda: unacknowledged(*stand.names) == 4, seconds=SECONDS)
        relay.cut()
        again = [stand.next() for _ in range(4)]
        left = uuids - {order_of(first[0])}
        assert {order_of(delivery) for delivery in again} == left
        for delivery in again:
            delivery.ack()
        stand.wait_until_empty()
        assert consumer.stop(seconds=5)


def test_stopping_keeps_every_acknowledgement_that_was_said(stand: Stand) -> None:
    consumer = stand.connected()
    stand.publish_orders(10)
    for delivery in [stand.next() for _ in range(10)]:
        delivery.ack()
    assert consumer.stop(seconds=5)
    stand.wait_until_empty()
    assert only(stand.connected()).messages == 0


CHILD = """
import sys, threading, time
from waldur_site_agent.events.broker import Broker
from waldur_site_agent.events.opening import open_session
from waldur_site_agent.events.session import Wishes
from waldur_site_agent.events.subscription import Subscription
from waldur_site_agent.waldur.connection import ConnectionSettings

url, vhost, username, passcode, name = sys.stdin.read().split()
broker = Broker(url=url, connection=ConnectionSettings(api_url="http://127.0.0.1/api/"))
session = open_session(
    broker,
    Subscription(vhost=vhost, username=username, passcode=passcode, queue=name),
    Wishes(prefetch=20),
    clock=time.monotonic,
)
for _ in range(20):
    session.receive()
print("twenty in hand", flush=True)
threading.Event().wait()
"""


def test_a_killed_process_loses_nothing(stand: Stand) -> None:
    assert stand.connected().stop(seconds=5)
    uuids = stand.publish_orders(50)
    known = stand.registered
    words = f"{stand.broker().url} {stand.names[0]} {known.rmq_username} {known.password}"
    with subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin
        assert child.stdout
        child.stdin.write(f"{words} {known.queue}")
        child.stdin.close()
        assert child.stdout.readline() == "twenty in hand\n"
        child.send_signal(signal.SIGKILL)
    stand.consume()
    seen = set()
    for _ in range(50):
        delivery = stand.next()
        seen.add(order_of(delivery))
        delivery.ack()
    assert seen == set(uuids)
    stand.wait_until_empty()


def test_a_thousand_messages_come_a_prefetch_at_a_time(stand: Stand) -> None:
    assert stand.connected().stop(seconds=5)
    uuids = stand.publish_orders(1000)
    consumer = stand.consume(prefetch=10)
    in_hand = [stand.next() for _ in range(10)]
    wait_until(
        "counted", lambda: stand.management.unacknowledged(*stand.names) == 10, seconds=SECONDS
    )
    assert stand.deliveries.empty()
    seen = []
    for _ in range(1000):
        delivery = in_hand.pop() if in_hand else stand.next()
        seen.append(order_of(delivery))
        delivery.ack()
    assert sorted(seen) == sorted(uuids)
    stand.wait_until_empty()
    assert only(consumer).messages == 1000


def test_heart_beats_go_on_while_the_work_on_a_message_takes_long(stand: Stand) -> None:
    consumer = stand.connected()
    since = only(consumer).connected_since
    stand.publish_orders(1)
    in_hand = stand.next()
    begun = time.monotonic()
    wait_until(
        "four heart-beats",
        lambda: (only(consumer).last_frame or 0) > begun + 4 * BEAT,
        seconds=SECONDS,
    )
    assert only(consumer).connected_since == since
    in_hand.ack()
    stand.wait_until_empty()


def test_a_half_open_connection_is_noticed_within_three_heart_beats(stand: Stand) -> None:
    with Relay(stand.rabbitmq.port) as relay:
        consumer = stand.consume(stand.broker(relay.port))
        wait_for_connection(consumer)
        relay.swallow()
        wait_until("down", lambda: only(consumer).down_since is not None, seconds=SECONDS)
        health = only(consumer)
        assert "no heart-beat" in health.reason or "in time" in health.reason
        assert health.down_since is not None
        assert health.last_frame is not None
        assert health.down_since - health.last_frame <= 3 * BEAT
        wait_for_connection(consumer)
        stand.publish_orders(1)
        stand.next().ack()
        stand.wait_until_empty()
        assert consumer.stop(seconds=5)


def test_a_broker_that_restarts_is_found_again_with_its_messages(stand: Stand) -> None:
    stand.connected()
    uuids = set(stand.publish_orders(3))
    assert {order_of(stand.next()) for _ in range(3)} == uuids
    stand.rabbitmq.restart()
    again = [stand.next() for _ in range(3)]
    assert {order_of(delivery) for delivery in again} == uuids
    for delivery in again:
        delivery.ack()
    stand.wait_until_empty()


def test_a_deleted_queue_is_registered_anew(stand: Stand) -> None:
    stand.connected()
    stand.management.delete_queue(*stand.names)
    wait_until("a queue", lambda: stand.management.has_queue(*stand.names), seconds=SECONDS)
    stand.publish_orders(1)
    stand.next().ack()
    stand.wait_until_empty()


def test_a_queue_that_is_gone_when_we_come_back_is_registered_anew(stand: Stand) -> None:
    with Relay(stand.rabbitmq.port) as relay:
        consumer = stand.consume(stand.broker(relay.port))
        wait_for_connection(consumer)
        relay.swallow()
        stand.management.delete_queue(*stand.names)
        wait_until("a queue", lambda: stand.management.has_queue(*stand.names), seconds=SECONDS)
        wait_for_connection(consumer)
        assert consumer.stop(seconds=5)


def test_a_wrong_password_is_told_as_such_and_cured(
    stand: Stand, capfd: pytest.CaptureFixture[str]
) -> None:
    with Relay(stand.rabbitmq.port) as relay:
        consumer = stand.consume(stand.broker(relay.port))
        wait_for_connection(consumer)
        stand.management.make_user(stand.registered.rmq_username, "another")
        relay.cut()
        stand.publish_orders(1)
        stand.next().ack()
        stand.wait_until_empty()
        assert consumer.stop(seconds=5)
    told = capfd.readouterr().out
    assert "Access refused for user" in told
    assert stand.agent.token not in told


def test_tls_with_a_sites_own_authority(stand: Stand, tmp_path: Path) -> None:
    certificate = tmp_path / "site.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=x"
    subprocess.run(  # noqa: S603 - a fixed command of openssl
        [
            *("/usr/bin/openssl", *words.split(), "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(tmp_path / "key"), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
        timeout=30,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, tmp_path / "key")
    with Relay(stand.rabbitmq.port, tls=context) as relay:
        broker = stand.broker(relay.port, ca_bundle=str(certificate))
        consumer = stand.consume(replace(broker, url=broker.url.replace("ws:", "wss:")))
        wait_for_connection(consumer)
        stand.publish_orders(1)
        stand.next().ack()
        stand.wait_until_empty()
        assert consumer.stop(seconds=5)


def test_an_older_server_has_a_connection_for_each_object_type(rabbitmq: RabbitMQ) -> None:
    with at_work(rabbitmq, lacks=("register_queue",)) as stand:
        consumer = stand.consume()
        wait_until(
            "two lines",
            lambda: [h.connected_since is not None for h in consumer.health()] == [True, True],
            seconds=SECONDS,
        )
        order = stand.world.order_create(stand.project, stand.offering, "One")
        delivery = stand.next()
        assert order_of(delivery) == order.uuid
        delivery.ack()
