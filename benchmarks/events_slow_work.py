"""Whether a connection outlives work that takes minutes: a backend that is slow, a real RabbitMQ.

    python benchmarks/events_slow_work.py [--seconds 120]

Needs RabbitMQ (see ``scripts/test-real``). An order's account takes that long; heart-beats come
every ten seconds, as usual. Another offering's order shows that nobody else waits meanwhile.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from running_agent import running_agent

from waldur_site_agent_testkit.events.rabbit import RabbitBroker
from waldur_site_agent_testkit.mastermind.server import MastermindServer
from waldur_site_agent_testkit.mastermind.world import World
from waldur_site_agent_testkit.rabbitmq.server import RabbitMQ
from waldur_site_agent_testkit.waiting import wait_until

if TYPE_CHECKING:
    from waldur_site_agent_testkit.mastermind.state import Offering, User

PLUGIN = '''\
"""A backend in memory, and one that takes its time."""

import time

from waldur_site_agent_testkit.backends.memory import MemoryBackend


class Quick(MemoryBackend):
    pass


class Slow(MemoryBackend):
    def create_resource_with_id(self, *args, **kwargs):
        time.sleep({seconds})
        return super().create_resource_with_id(*args, **kwargs)
'''
ENTRY_POINTS = """\
[waldur_site_agent.backends]
quick = slow_plugin:Quick
slow = slow_plugin:Slow
"""
OFFERING = """\
  - name: {name}
    waldur_api_url: {url}
    waldur_api_token: {token}
    waldur_offering_uuid: {uuid}
    backend_type: {name}
    order_processing_backend: {name}
    stomp_enabled: true
    stomp_ws_host: 127.0.0.1
    stomp_ws_port: {port}
    stomp_ws_path: /ws
    websocket_use_tls: false
    backend_settings: {{system: {name}}}
    backend_components:
      cpu: {{measured_unit: h, accounting_type: limit, label: CPU, unit_factor: 60}}
"""


def main() -> None:
    """Print how long both orders took, and what became of the connections."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=120, metavar="N")
    seconds = parser.parse_args().seconds
    with (
        RabbitMQ() as rabbitmq,
        tempfile.TemporaryDirectory(prefix="waldur-site-agent-benchmark-") as name,
    ):
        folder, world = Path(name), World()
        world.publish_through(RabbitBroker(rabbitmq))
        provider = world.add_customer("University")
        slow, quick = (
            world.add_offering(provider, name, components=("cpu",)) for name in ("slow", "quick")
        )
        for offering in (slow, quick):
            world.add_plan(offering)
        agent = world.add_user("agent", is_staff=True)
        _install(folder, seconds)
        with MastermindServer(world) as server:
            config = folder / "config.yaml"
            config.write_text(_configuration([slow, quick], agent, server.api_url, rabbitmq.port))
            config.chmod(0o600)
            with running_agent(config, "run", PYTHONPATH=name):
                wait_until("both", lambda: rabbitmq.management.connections() > 1, seconds=60)
                _order(world, slow, quick, seconds)
                told = [json.loads(line)["event"] for line in _lines(folder)]
                print(
                    f"connected {told.count('events.connected')} times, "
                    f"down {told.count('events.down')} times"
                )


def _install(folder: Path, seconds: int) -> None:
    record = folder / "slow_plugin-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: slow-plugin\nVersion: 1.0\n")
    (record / "entry_points.txt").write_text(ENTRY_POINTS)
    (folder / "slow_plugin.py").write_text(PLUGIN.format(seconds=seconds))


def _configuration(offerings: list[Offering], agent: User, url: str, port: int) -> str:
    known = {"url": url, "token": agent.token, "port": port}
    parts = [OFFERING.format(name=one.name, uuid=one.uuid, **known) for one in offerings]
    return "offerings:\n" + "".join(parts)


def _order(world: World, slow: Offering, quick: Offering, seconds: int) -> None:
    project = world.add_project(slow.customer, "Climate")
    begun = time.perf_counter()
    first = world.order_create(project, slow, "Slow", limits={"cpu": 1})
    second = world.order_create(project, quick, "Quick", limits={"cpu": 1})
    for order in (second, first):
        wait_until("an order", lambda order=order: order.state == "done", seconds=seconds + 60)
        print(f"{order.resource.name} was done after {time.perf_counter() - begun:.1f} s")


def _lines(folder: Path) -> list[str]:
    return (folder / "agent.log").read_text().splitlines()


if __name__ == "__main__":
    main()
