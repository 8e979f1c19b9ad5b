"""What usage passes cost over a national site: requests, calls of the backend, time.

    python benchmarks/reporting.py [--resources 10000 --users 5]

Waldur is the testkit's, in this process and without a network, so the seconds are both sides'
work. Each resource was used by so many users, in one component. Prints figures and asserts none.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections import Counter
from datetime import UTC, datetime

import structlog

from waldur_site_agent.backend.backends import UnknownUsernameManagementBackend
from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE
from waldur_site_agent.config.models import Offering
from waldur_site_agent.sites.reads import PassReads
from waldur_site_agent.sites.site import Site
from waldur_site_agent.usage.periods import Month
from waldur_site_agent.usage.usage_pass import UsagePass
from waldur_site_agent.waldur.connection import ConnectionSettings
from waldur_site_agent.waldur.gateway import Waldur
from waldur_site_agent.waldur.plugin_client import PluginClient
from waldur_site_agent.waldur.transport import Transport
from waldur_site_agent_testkit.backends.bulk import BulkBackend
from waldur_site_agent_testkit.backends.memory import SYSTEMS, MemoryAccount, MemorySystem
from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_testkit.mastermind.large import LargeWorld, Size, large_world

COMPONENTS = {
    "cpu": {"measured_unit": "h", "accounting_type": "limit", "label": "CPU", "unit_factor": 60}
}
API_URL = "https://waldur.example.org/api/"
PEOPLE = 10_000
NOW = Month.of(datetime.now(UTC), UTC)


def main() -> None:
    """Print a table: the first pass, an unchanged one, and one with some changes."""
    sizes = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    large = large_world(Size(resources=sizes.resources, users=PEOPLE, projects=2_000))
    system = SYSTEMS.setdefault("benchmark", MemorySystem())
    for number in range(sizes.resources):
        name = f"hpc_{number:05}"
        system.accounts[name] = MemoryAccount(name=name, organization="", owner="")
        _use(system, number, users=sizes.users, hours=1)
    print(f"{sizes.resources:,} resources, {sizes.users} users each")
    print(f"{'':28}{'seconds':>8}{'GET':>8}{'POST':>8}{'backend calls':>15}")
    _show("first", large, system)
    _show("unchanged", large, system)
    for number in range(0, sizes.resources, 100):
        _use(system, number, users=sizes.users, hours=2)
    _show("1 % of resources changed", large, system)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, default in (("resources", 10_000), ("users", 5)):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N")
    return parser.parse_args()


def _use(system: MemorySystem, number: int, *, users: int, hours: float) -> None:
    names = [f"user{(number + other) % PEOPLE:05}" for other in range(users)]
    report = {name: {"cpu": hours} for name in names}
    report[TOTAL_ACCOUNT_USAGE] = {"cpu": hours * users}
    system.usage.setdefault((NOW.year, NOW.month), {})[f"hpc_{number:05}"] = report


def _show(what: str, large: LargeWorld, system: MemorySystem) -> None:
    large.world.calls.clear()
    before, begun = system.calls.copy(), time.perf_counter()
    settings = ConnectionSettings(api_url=API_URL, token=large.agent.token)
    with Waldur(Transport(settings, network=transport(large.world))) as waldur:
        report = UsagePass(
            _site(large, settings, waldur),
            months=[NOW],
            check_stop=lambda: None,
            beat=lambda: None,
        ).run()
    seconds = time.perf_counter() - begun
    requests = Counter(call.method for call in large.world.calls)
    calls = sum((system.calls - before).values())
    print(f"{what:28}{seconds:8.1f}{requests['GET']:8,}{requests['POST']:8,}{calls:15,}")
    told = ", ".join(f"{name} {count:,}" for name, count in report.counts.items() if count)
    print(f"{'':28}{told}")


def _site(large: LargeWorld, settings: ConnectionSettings, waldur: Waldur) -> Site:
    uuid = large.offering.uuid
    return Site(
        offering=Offering.model_validate(
            {
                "name": "Supercomputer",
                "waldur_api_url": settings.api_url,
                "waldur_api_token": settings.token,
                "waldur_offering_uuid": uuid,
                "backend_type": "memory",
                "backend_components": COMPONENTS,
            }
        ),
        waldur=waldur,
        client=PluginClient(settings, waldur),
        backend=BulkBackend({"system": "benchmark"}, COMPONENTS),
        username_backend=UnknownUsernameManagementBackend(),
        reads=PassReads(waldur, uuid),
        expose_error_details=True,
    )


if __name__ == "__main__":
    main()
