"""Ten thousand messages about fifty resources, and that ten times: looks, requests, memory.

    python benchmarks/events_storm.py [--messages 10000 --resources 50 --rounds 10 --about resource]

Needs RabbitMQ (see ``scripts/test-real``). The agent's own command works on a backend in memory, so
that the figures are its own. In each round it is held while the messages are put into its queue, as
if it had been away, and then let go until the queue is empty.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import signal
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from memory_plugin import install
from running_agent import cpu_seconds, peak_megabytes, resident_megabytes, running_agent, threads

from waldur_site_agent_testkit.events.rabbit import RabbitBroker
from waldur_site_agent_testkit.mastermind.server import MastermindServer
from waldur_site_agent_testkit.mastermind.world import World
from waldur_site_agent_testkit.ports import reserve_ports
from waldur_site_agent_testkit.rabbitmq.publishing import publish
from waldur_site_agent_testkit.rabbitmq.server import RabbitMQ

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent_testkit.mastermind.state import Offering, Order, User

SECONDS = 600
OFTEN = 0.1
LOOKS = re.compile(r"^waldur_site_agent_look_duration_seconds_count\{.*\} (\S+)$", re.MULTILINE)
DEPTH = re.compile(r"^waldur_site_agent_queue_depth\{.*\} (\S+)$", re.MULTILINE)
CONFIGURATION = """\
http_port: {http_port}
offerings:
  - name: Cluster
    waldur_api_url: {url}
    waldur_api_token: {token}
    waldur_offering_uuid: {uuid}
    backend_type: memory
    order_processing_backend: memory
    membership_sync_backend: memory
    stomp_enabled: true
    stomp_ws_host: 127.0.0.1
    stomp_ws_port: {port}
    stomp_ws_path: /ws
    websocket_use_tls: false
    backend_settings: {{allocation_prefix: hpc_}}
    backend_components:
      cpu: {{measured_unit: h, accounting_type: limit, label: CPU, unit_factor: 60}}
"""


@dataclass(frozen=True, kw_only=True)
class Storm:
    """The agent, its queue, and the resources that all messages are about."""

    world: World
    rabbitmq: RabbitMQ
    agent: User
    offering: Offering
    http_port: int
    pid: int = 0

    def queue(self) -> tuple[str, str]:
        """Vhost and name."""
        (consumer,) = self.world.state.event_consumers.values()
        return self.agent.uuid, consumer.queue

    def is_idle(self) -> bool:
        """Whether nothing is in the queue, neither the broker's nor the agent's own."""
        return not self.rabbitmq.management.waiting(*self.queue()) and not self.figure(DEPTH)

    def figure(self, what: re.Pattern[str]) -> int:
        """The sum of a figure's values."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}/metrics") as answer:
            return sum(int(float(found)) for found in what.findall(answer.read().decode()))


def main() -> None:
    """Print a line for each round."""
    sizes = _arguments()
    (http_port,) = reserve_ports(1)
    with (
        RabbitMQ() as rabbitmq,
        tempfile.TemporaryDirectory(prefix="waldur-site-agent-benchmark-") as name,
    ):
        folder, world = Path(name), World()
        world.publish_through(RabbitBroker(rabbitmq))
        provider = world.add_customer("University")
        offering = world.add_offering(
            provider,
            "Cluster",
            components=("cpu",),
            plugin_options={
                "service_provider_can_create_offering_user": True,
                "username_generation_policy": "waldur_username",
            },
        )
        world.add_plan(offering)
        agent = world.add_user("agent", is_staff=True)
        storm = Storm(
            world=world, rabbitmq=rabbitmq, agent=agent, offering=offering, http_port=http_port
        )
        install(folder)
        with MastermindServer(world) as server:
            config = folder / "config.yaml"
            config.write_text(
                CONFIGURATION.format(
                    http_port=http_port,
                    url=server.api_url,
                    token=agent.token,
                    uuid=offering.uuid,
                    port=rabbitmq.port,
                )
            )
            config.chmod(0o600)
            with running_agent(config, "run", PYTHONPATH=name) as pid:
                _wait_until(lambda: rabbitmq.management.connections() > 0)
                orders = _ordered(storm, sizes.resources)
                bodies = [_body(storm, order, sizes.about) for order in orders]
                _blow(storm, bodies, sizes.messages, sizes.rounds, pid)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, default in (("messages", 10_000), ("resources", 50), ("rounds", 10)):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N")
    parser.add_argument("--about", choices=("resource", "order"), default="resource")
    return parser.parse_args()


def _ordered(storm: Storm, number: int) -> list[Order]:
    """Orders that made resources, each in a project of its own with a member."""
    orders = []
    for count in range(number):
        project = storm.world.add_project(storm.offering.customer, f"Project {count}")
        storm.world.grant(storm.world.add_user(f"person{count}"), project)
        orders.append(
            storm.world.order_create(
                project, storm.offering, f"Resource {count}", limits={"cpu": 1}
            )
        )
    _wait_until(lambda: {order.state for order in orders} == {"done"} and storm.is_idle())
    return orders


def _body(storm: Storm, order: Order, about: str) -> bytes:
    """The message about an order, or about the resource that came of it."""
    told = {"resource_uuid": order.resource.uuid}
    if about == "order":
        told["order_uuid"] = order.uuid
    whole = {"object_type": about, "offering_uuid": storm.offering.uuid, **told}
    return json.dumps(whole).encode()


def _blow(storm: Storm, bodies: list[bytes], messages: int, rounds: int, pid: int) -> None:
    print(
        f"{messages:,} messages about {len(bodies)} resources a round; "
        f"{resident_megabytes(pid):.1f} MB before the first"
    )
    print(f"{'messages':>9}{'looks':>8}{'requests':>10}{'s':>7}{'CPU s':>8}{'MB':>8}{'threads':>9}")
    for number in range(1, rounds + 1):
        looks, requests, cpu = storm.figure(LOOKS), len(storm.world.calls), cpu_seconds(pid)
        _put(storm, bodies, messages, pid)
        begun = time.perf_counter()
        _wait_until(storm.is_idle)
        print(
            f"{number * messages:9,}{storm.figure(LOOKS) - looks:8}"
            f"{len(storm.world.calls) - requests:10}{time.perf_counter() - begun:7.1f}"
            f"{cpu_seconds(pid) - cpu:8.1f}{resident_megabytes(pid):8.1f}{threads(pid):9}",
            flush=True,
        )
    print(f"peak memory {peak_megabytes(pid):.1f} MB")


def _put(storm: Storm, bodies: list[bytes], messages: int, pid: int) -> None:
    """Put messages into the queue while the agent is held."""
    os.kill(pid, signal.SIGSTOP)
    in_turn = itertools.islice(itertools.cycle(bodies), messages)
    publish(storm.rabbitmq.layout, *storm.queue(), in_turn)
    os.kill(pid, signal.SIGCONT)


def _wait_until(is_so: Callable[[], bool]) -> None:
    """Ask seldom: each question costs the broker something."""
    deadline = time.monotonic() + SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit("waited in vain")
        time.sleep(OFTEN)


if __name__ == "__main__":
    main()
