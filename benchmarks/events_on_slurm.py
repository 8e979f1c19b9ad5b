"""From an order in Waldur to a usable account, by events, on a real RabbitMQ and a real Slurm.

    python benchmarks/events_on_slurm.py [--orders 30 --team 5]

Needs root, Slurm and RabbitMQ (see ``scripts/test-real``). Orders come one after the other. An
account is usable when sacctmgr shows a member on it, which is asked all the time. What an order
costs is counted until nothing happens any more: its own look, and those that its events lead to.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from running_agent import cpu_seconds, peak_megabytes, running_agent

from waldur_site_agent_testkit.events.rabbit import RabbitBroker
from waldur_site_agent_testkit.mastermind.server import MastermindServer
from waldur_site_agent_testkit.mastermind.world import World
from waldur_site_agent_testkit.ports import reserve_ports
from waldur_site_agent_testkit.rabbitmq.server import RabbitMQ
from waldur_site_agent_testkit.slurm.cluster import SlurmCluster
from waldur_site_agent_testkit.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent_testkit.mastermind.calls import Call
    from waldur_site_agent_testkit.mastermind.state import Offering, Project, User

SECONDS = 120
QUIET_SECONDS = 1.5
SPENT = re.compile(
    r"^waldur_site_agent_(backend_command|waldur_request)_duration_seconds_sum\{.*\} (\S+)$",
    re.MULTILINE,
)
CONFIGURATION = """\
http_port: {http_port}
offerings:
  - name: Cluster
    waldur_api_url: {url}
    waldur_api_token: {token}
    waldur_offering_uuid: {uuid}
    backend_type: slurm
    order_processing_backend: slurm
    membership_sync_backend: slurm
    stomp_enabled: true
    stomp_ws_host: 127.0.0.1
    stomp_ws_port: {port}
    stomp_ws_path: /ws
    websocket_use_tls: false
    backend_settings:
      slurm_bin_path: {bin_path}
      cluster_name: {cluster}
      default_account: root
      customer_prefix: c_
      project_prefix: p_
      allocation_prefix: hpc_
      require_unix_accounts: false
    backend_components:
      cpu: {{measured_unit: k-Hours, unit_factor: 60000, accounting_type: limit, label: CPU}}
      mem: {{measured_unit: GB-Hours, unit_factor: 61440, accounting_type: limit, label: RAM}}
"""


@dataclass(frozen=True, kw_only=True)
class Site:
    """Waldur, a real Slurm, and who orders."""

    world: World
    slurm: SlurmCluster
    agent: User
    project: Project
    offering: Offering
    member: str
    http_port: int
    done: list[float]
    """When orders were set done."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What an order took: seconds, each from its creation, and what was called."""

    usable: float
    done: float
    requests: list[str]
    requests_until_done: int
    commands: list[str]


def main() -> None:
    """Print what each order took, then medians."""
    sizes = _arguments()
    with (
        RabbitMQ() as rabbitmq,
        SlurmCluster() as slurm,
        tempfile.TemporaryDirectory(prefix="waldur-site-agent-benchmark-") as folder,
    ):
        site = _site(slurm, sizes.team)
        site.world.publish_through(RabbitBroker(rabbitmq))
        config = Path(folder) / "config.yaml"
        with MastermindServer(site.world) as server:
            config.write_text(_configuration(site, server.api_url, rabbitmq.port))
            config.chmod(0o600)
            with running_agent(config, "run") as pid:
                wait_until("a connection", lambda: rabbitmq.management.connections() > 0)
                _measure(site, pid, sizes.orders)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, default in (("orders", 30), ("team", 5)):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N")
    return parser.parse_args()


def _site(slurm: SlurmCluster, team: int) -> Site:
    world = World()
    provider = world.add_customer("University", slug="uni")
    project = world.add_project(provider, "Climate", slug="climate")
    names = [f"person{number:02}" for number in range(team)]
    for name in names:
        world.grant(world.add_user(name), project)
    offering = world.add_offering(
        provider,
        "Cluster",
        components=("cpu", "mem"),
        plugin_options={
            "service_provider_can_create_offering_user": True,
            "username_generation_policy": "waldur_username",
        },
    )
    world.add_plan(offering)
    done: list[float] = []

    def note(call: Call, phase: str) -> None:
        if phase == "after" and call.path.endswith("/set_state_done/"):
            done.append(time.perf_counter())

    world.on_call(note)
    return Site(
        world=world,
        slurm=slurm,
        agent=world.add_user("agent", is_staff=True),
        project=project,
        offering=offering,
        member=names[-1],
        http_port=reserve_ports(1)[0],
        done=done,
    )


def _configuration(site: Site, url: str, port: int) -> str:
    return CONFIGURATION.format(
        url=url,
        token=site.agent.token,
        uuid=site.offering.uuid,
        port=port,
        http_port=site.http_port,
        bin_path=site.slurm.bin_path,
        cluster=site.slurm.name,
    )


def _measure(site: Site, pid: int, orders: int) -> None:
    """The first order, which finds nobody's account and no parents, is not counted."""
    _tell("the first ever", _order(site, "first"))
    before, spent = cpu_seconds(pid), _spent(site)
    costs = [_order(site, f"a{number:02}") for number in range(orders)]
    for number, cost in enumerate(costs, 1):
        _tell(f"order {number}", cost)
    print()
    _tell_spread("seconds until a member is on the account", [c.usable for c in costs])
    _tell_spread("seconds until the order is done", [c.done for c in costs])
    _tell_spread("requests until the order is done", [c.requests_until_done for c in costs])
    _tell_spread("requests for all that an order leads to", [len(c.requests) for c in costs])
    _tell_spread("Slurm commands", [len(c.commands) for c in costs])
    for what, seconds in (_spent(site) - spent).items():
        print(f"{seconds / orders:.2f} s an order are spent in each {what.replace('_', ' ')}")
    cpu = (cpu_seconds(pid) - before) / orders
    print(f"{cpu:.3f} s of the agent's CPU an order; its peak memory: {peak_megabytes(pid):.0f} MB")
    _tell_calls("requests of the last order:", costs[-1].requests)
    _tell_calls("Slurm commands of the last order:", costs[-1].commands)


def _spent(site: Site) -> Counter[str]:
    """Seconds in Slurm's commands and in requests so far, as the agent counts them."""
    with urllib.request.urlopen(f"http://127.0.0.1:{site.http_port}/metrics") as answer:
        found = SPENT.findall(answer.read().decode())
    spent: Counter[str] = Counter()
    for what, seconds in found:
        spent[what] += float(seconds)
    return spent


def _order(site: Site, name: str) -> Cost:
    site.slurm.reset_commands()
    first, begun = len(site.world.calls), time.perf_counter()
    site.done.clear()
    order = site.world.order_create(
        site.project, site.offering, name, limits={"cpu": 1, "mem": 2}, slug=name
    )
    usable = _seconds_until(lambda: _is_on_account(site, f"hpc_{name}"), begun)
    wait_until("the order's end", lambda: order.state == "done", seconds=SECONDS)
    done = site.done[0] - begun
    until_done = _requests_until_done(site, first)
    _wait_until_quiet(site)
    requests = [f"{call.method} {call.path}" for call in site.world.calls[first:]]
    return Cost(
        usable=usable,
        done=done,
        requests=requests,
        requests_until_done=until_done,
        commands=site.slurm.commands(),
    )


def _is_on_account(site: Site, account: str) -> bool:
    words = (f"account={account}", f"user={site.member}", "format=user")
    return bool(site.slurm.run("sacctmgr", "-nP", "show", "assoc", *words).strip())


def _seconds_until(is_so: Callable[[], bool], begun: float) -> float:
    wait_until("an order's effect", is_so, seconds=SECONDS)
    return time.perf_counter() - begun


def _requests_until_done(site: Site, first: int) -> int:
    paths = [call.path for call in site.world.calls[first:]]
    return next(n for n, path in enumerate(paths, 1) if path.endswith("set_state_done/"))


def _wait_until_quiet(site: Site) -> None:
    """Wait until there was neither a request nor a Slurm command for a while."""
    seen, since = (0, 0), time.perf_counter()

    def is_quiet() -> bool:
        nonlocal seen, since
        now = (len(site.world.calls), len(site.slurm.commands()))
        if now != seen:
            seen, since = now, time.perf_counter()
        return time.perf_counter() - since > QUIET_SECONDS

    wait_until("quiet", is_quiet, seconds=SECONDS)


def _tell(what: str, cost: Cost) -> None:
    print(
        f"{what:16} usable {cost.usable:6.2f} s   done {cost.done:6.2f} s   "
        f"{cost.requests_until_done} requests until then, {len(cost.requests)} in all   "
        f"{len(cost.commands)} Slurm commands",
        flush=True,
    )


def _tell_spread(what: str, values: list[float] | list[int]) -> None:
    print(f"{what:42} median {median(values):6.2f}   worst {max(values):6.2f}")


def _tell_calls(title: str, calls: list[str]) -> None:
    print(f"\n{title}")
    for call, times in Counter(calls).items():
        print(f"  {times} {call}")


if __name__ == "__main__":
    main()
