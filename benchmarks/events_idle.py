"""What an agent with ten offerings on events costs while nothing happens.

    python benchmarks/events_idle.py [--offerings 10 --minutes 10]

Needs RabbitMQ (see ``scripts/test-real``). The agent's own command works on a backend in memory,
so that the figures are its own. Each line is of one minute; in the first, the start looks at all.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from memory_plugin import install
from running_agent import cpu_seconds, peak_megabytes, resident_megabytes, running_agent, threads

from waldur_site_agent_testkit.events.rabbit import RabbitBroker
from waldur_site_agent_testkit.mastermind.server import MastermindServer
from waldur_site_agent_testkit.mastermind.world import World
from waldur_site_agent_testkit.rabbitmq.server import RabbitMQ

if TYPE_CHECKING:
    from waldur_site_agent_testkit.mastermind.state import Offering, User

UUID = re.compile("[0-9a-f]{32}")
OFFERING = """\
  - name: {name}
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
    backend_components:
      cpu: {{measured_unit: h, accounting_type: limit, label: CPU, unit_factor: 60}}
"""


def main() -> None:
    """Print a line for each minute, and what was asked of Waldur."""
    sizes = _arguments()
    with (
        RabbitMQ() as rabbitmq,
        tempfile.TemporaryDirectory(prefix="waldur-site-agent-benchmark-") as name,
    ):
        folder, world = Path(name), World()
        world.publish_through(RabbitBroker(rabbitmq))
        provider = world.add_customer("University")
        numbers = range(sizes.offerings)
        offerings = [world.add_offering(provider, f"Cluster {number}") for number in numbers]
        agent = world.add_user("agent", is_staff=True)
        install(folder)
        with MastermindServer(world) as server:
            config = folder / "config.yaml"
            config.write_text(_configuration(offerings, agent, server.api_url, rabbitmq.port))
            config.chmod(0o600)
            with running_agent(config, "run", PYTHONPATH=name) as pid:
                _watch(world, rabbitmq, pid, minutes=sizes.minutes)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, default in (("offerings", 10), ("minutes", 10)):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N")
    return parser.parse_args()


def _configuration(offerings: list[Offering], agent: User, url: str, port: int) -> str:
    known = {"url": url, "token": agent.token, "port": port}
    parts = [OFFERING.format(name=one.name, uuid=one.uuid, **known) for one in offerings]
    return "offerings:\n" + "".join(parts)


def _watch(world: World, rabbitmq: RabbitMQ, pid: int, *, minutes: int) -> None:
    print(f"{'minute':>6}{'CPU s':>8}{'requests':>10}{'MB':>8}{'threads':>9}{'connections':>13}")
    for minute in range(1, minutes + 1):
        before, first = cpu_seconds(pid) if minute > 1 else 0.0, len(world.calls)
        threading.Event().wait(60)
        print(
            f"{minute:6}{cpu_seconds(pid) - before:8.2f}{len(world.calls) - first:10}"
            f"{resident_megabytes(pid):8.1f}{threads(pid):9}"
            f"{rabbitmq.management.connections():13}",
            flush=True,
        )
    print(f"peak memory {peak_megabytes(pid):.1f} MB; all requests:")
    called = Counter(f"{call.method} {UUID.sub('…', call.path)}" for call in world.calls)
    for call, times in called.most_common():
        print(f"{times:6} {call}")


if __name__ == "__main__":
    main()
