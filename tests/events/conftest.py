"""Waldur, its broker in memory, and a consumer between them and a test."""

from __future__ import annotations

import itertools
import json
import queue
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.config.models import Offering
from waldur_site_agent.events.broker import broker_of
from waldur_site_agent.events.consumer import Consumer
from waldur_site_agent.events.pace import Pace
from waldur_site_agent.events.session import Wishes
from waldur_site_agent.events.subject import subject_of
from waldur_site_agent.waldur.connection import ConnectionSettings, OidcSettings, connect
from waldur_site_agent_testkit.events.memory import MemoryBroker
from waldur_site_agent_testkit.events.stomp_server import StompServer
from waldur_site_agent_testkit.mastermind.server import MastermindServer
from waldur_site_agent_testkit.mastermind.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from uuid import UUID

    from waldur_site_agent.events.delivery import Delivery
    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent_testkit.mastermind.state import Offering as WorldOffering
    from waldur_site_agent_testkit.mastermind.state import Project, User

QUICK = Pace(first=0.01, longest=0.05)
SECONDS = 10.0


@dataclass
class Stand:
    """A project with a resource to be, an offering, and its events."""

    world: World
    server: MastermindServer
    broker: MemoryBroker
    stomp: StompServer
    agent: User
    project: Project
    offering: WorldOffering
    deliveries: queue.SimpleQueue[Delivery] = field(default_factory=queue.SimpleQueue)
    running: list[tuple[Consumer, Waldur]] = field(default_factory=list)

    def consume(
        self,
        *,
        deliver: Callable[[Delivery], None] | None = None,
        oidc: OidcSettings | None = None,
        **settings: object,
    ) -> Consumer:
        """Start a consumer, with these settings of the offering besides the usual ones."""
        connection = ConnectionSettings(
            api_url=self.server.api_url, token="" if oidc else self.agent.token, oidc=oidc
        )
        waldur = connect(connection)
        offering = self.settings(**settings)

        def identity() -> UUID:
            known = [one.uuid for one in self.world.state.identities.values()]
            return waldur.agents.register_identity(
                offering_uuid=self.offering.uuid,
                name="agent",
                version=str(len(known)),
                dependencies={},
                last_restarted=self.world.clock.now(),
            ).uuid

        consumer = Consumer(
            subject=subject_of(offering),
            waldur=waldur,
            identity=identity,
            broker=broker_of(offering, connection),
            deliver=deliver or self.deliveries.put,
            wishes=Wishes(heart_beat=5.0, prefetch=3),
            pace=QUICK,
        )
        self.running.append((consumer, waldur))
        consumer.start()
        return consumer

    def settings(self, **changes: object) -> Offering:
        return Offering.model_validate(
            {
                "name": "Cluster",
                "waldur_api_url": self.server.api_url,
                "waldur_api_token": self.agent.token,
                "waldur_offering_uuid": self.offering.uuid,
                "backend_type": "slurm",
                "stomp_enabled": True,
                "order_processing_backend": "slurm",
                "membership_sync_backend": "slurm",
                "websocket_use_tls": False,
                "stomp_ws_host": "127.0.0.1",
                "stomp_ws_port": self.stomp.port,
                **changes,
            }
        )

    def next(self) -> Delivery:
        return self.deliveries.get(timeout=SECONDS)

    def wait_for_reader(self) -> tuple[str, str]:
        """Wait until somebody is subscribed to the one queue; answer with vhost and queue."""
        self.broker.wait_until(lambda b: any(b.readers(*name) for name in b.queues()))
        return self.broker.queues()[0]

    def wait_until_empty(self) -> None:
        self.broker.wait_until(lambda b: not any(b.held(*name) for name in b.queues()))


@pytest.fixture
def make_stand() -> Iterator[Callable[..., Stand]]:
    """Make a stand; ``lacks`` names what an older server does not have."""
    made: list[Stand] = []

    def make(*, lacks: Collection[str] = (), unknown: Collection[str] = ()) -> Stand:
        world, broker = World(lacks=lacks), MemoryBroker()
        world.publish_through(broker, unknown_object_types=unknown)
        provider = world.add_customer("University")
        offering = world.add_offering(provider, "Cluster")
        world.add_plan(offering)
        stand = Stand(
            world=world,
            server=MastermindServer(world).start(),
            broker=broker,
            stomp=StompServer(broker),
            agent=world.add_user("agent", is_staff=True),
            project=world.add_project(provider, "Climate"),
            offering=offering,
        )
        made.append(stand)
        stand.stomp.start()
        return stand

    yield make
    for stand in made:
        for consumer, waldur in stand.running:
            assert consumer.stop(seconds=SECONDS)
            waldur.close()
        stand.stomp.stop()
        stand.server.stop()


@pytest.fixture
def stand(make_stand: Callable[..., Stand]) -> Stand:
    return make_stand()


@pytest.fixture
def identity_provider() -> Iterator[OidcSettings]:
    """Grants ``granted-1``, ``granted-2`` and so on."""
    count = itertools.count(1)

    class Provider(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            body = json.dumps({"access_token": f"granted-{next(count)}"}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield OidcSettings(
            token_url=f"http://127.0.0.1:{server.server_port}/token",
            client_id="agent",
            client_secret="secret",
        )
        server.shutdown()
        thread.join()
