"""What the events' connections cost on a real RabbitMQ: idle, under load, and over time.

    python benchmarks/events_connection.py

With RabbitMQ installed (see ``scripts/test-real``). The figures are of the agent's side alone: the
broker and Waldur run in other processes, and nothing is done with what is handed over.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import queue
import resource
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import structlog

from waldur_site_agent.config.models import Offering
from waldur_site_agent.events.broker import Broker
from waldur_site_agent.events.consumer import Consumer
from waldur_site_agent.events.subject import subject_of
from waldur_site_agent.waldur.connection import ConnectionSettings, connect
from waldur_site_agent_testkit.events.rabbit import RabbitBroker
from waldur_site_agent_testkit.mastermind.server import MastermindServer
from waldur_site_agent_testkit.mastermind.world import World
from waldur_site_agent_testkit.rabbitmq.publishing import publish
from waldur_site_agent_testkit.rabbitmq.server import RabbitMQ
from waldur_site_agent_testkit.waiting import wait_until

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from waldur_site_agent.events.delivery import Delivery

IDLE_SECONDS = 60
ROUND = 10_000
ROUNDS = 10


def main() -> None:
    """Play broker and Waldur, and let a process of its own be the agent."""
    with RabbitMQ() as server:
        world = World()
        world.publish_through(RabbitBroker(server))
        provider = world.add_customer("University")
        offerings = [world.add_offering(provider, f"Cluster {number}") for number in range(10)]
        agent = world.add_user("agent", is_staff=True)
        with MastermindServer(world) as waldur:
            ours, theirs = multiprocessing.get_context("spawn").Pipe()
            settings = [
                {
                    "name": offering.name,
                    "waldur_api_url": waldur.api_url,
                    "waldur_api_token": agent.token,
                    "waldur_offering_uuid": offering.uuid,
                    "backend_type": "slurm",
                    "stomp_enabled": True,
                    "order_processing_backend": "slurm",
                    "membership_sync_backend": "slurm",
                }
                for offering in offerings
            ]
            process = multiprocessing.get_context("spawn").Process(
                target=be_the_agent, args=(theirs, settings, f"ws://127.0.0.1:{server.port}/ws")
            )
            process.start()
            ours.recv()
            first = next(iter(world.state.event_consumers.values()))
            for _ in range(ROUNDS):
                bodies = (
                    json.dumps({"object_type": "order", "order_uuid": uuid4().hex}).encode()
                    for _ in range(ROUND)
                )
                publish(server.layout, agent.uuid, first.queue, bodies)
                ours.send("published")
                ours.recv()
            process.join()


def be_the_agent(pipe: Connection, settings: list[dict[str, object]], url: str) -> None:
    """Connect for each offering, be idle, then take and acknowledge everything."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    report("begun")
    inbox: queue.SimpleQueue[Delivery] = queue.SimpleQueue()
    consumers = [start(offering, url, inbox) for offering in settings]
    wait_until(
        "all connected",
        lambda: all(c.health()[0].connected_since is not None for c in consumers),
        seconds=60,
    )
    report(f"{len(consumers)} offerings connected")
    before = cpu_seconds()
    threading.Event().wait(IDLE_SECONDS)
    report(f"idle for {IDLE_SECONDS} s took {cpu_seconds() - before:.2f} s of CPU")
    pipe.send("idle")
    for number in range(ROUNDS):
        pipe.recv()
        begun, before = time.monotonic(), cpu_seconds()
        for _ in range(ROUND):
            inbox.get(timeout=60).ack()
        took = time.monotonic() - begun
        report(
            f"round {number + 1}: {ROUND} messages, {ROUND / took:.0f} a second, "
            f"{1000 * (cpu_seconds() - before) / ROUND:.2f} ms of CPU each"
        )
        pipe.send("done")
    begun = time.monotonic()
    for consumer in consumers:
        consumer.stop(seconds=5)
    report(f"stopped in {time.monotonic() - begun:.2f} s")


def start(settings: dict[str, object], url: str, inbox: queue.SimpleQueue[Delivery]) -> Consumer:
    """Start an offering's consumer."""
    offering = Offering.model_validate(settings)
    connection = ConnectionSettings(
        api_url=offering.waldur_api_url, token=offering.waldur_api_token
    )
    waldur = connect(connection)

    def identity() -> UUID:
        return waldur.agents.register_identity(
            offering_uuid=offering.uuid,
            name="agent",
            version="2",
            dependencies={},
            last_restarted=datetime.now(UTC),
        ).uuid

    consumer = Consumer(
        subject=subject_of(offering),
        waldur=waldur,
        identity=identity,
        broker=Broker(url=url, connection=connection),
        deliver=inbox.put,
    )
    consumer.start()
    return consumer


def report(what: str) -> None:
    """Print a line with what the process is by now."""
    print(
        f"{resident_megabytes():6.1f} MB {threading.active_count():3} threads  {what}", flush=True
    )


def resident_megabytes() -> float:
    """Memory of this moment."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def cpu_seconds() -> float:
    """CPU of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
