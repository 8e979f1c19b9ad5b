"""What membership passes cost over a national site: requests, calls of the backend, time, memory.

    python benchmarks/membership.py [--resources 10000 --users 100000 --projects 2000]

Waldur answers from a process of its own over loopback; the backend is the testkit's bulk fake, in
this process, so its accounts are in the peak as well. Prints figures and asserts none.
"""

from __future__ import annotations

import argparse
import json
import logging
import resource
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx2
import structlog

from waldur_site_agent.backend.backends import UnknownUsernameManagementBackend
from waldur_site_agent.config.models import Offering
from waldur_site_agent.membership.statuses import StatusReports
from waldur_site_agent.membership.sync_pass import MembershipPass
from waldur_site_agent.sites.reads import PassReads
from waldur_site_agent.sites.site import Site
from waldur_site_agent.waldur.connection import ConnectionSettings
from waldur_site_agent.waldur.gateway import Waldur
from waldur_site_agent.waldur.plugin_client import PluginClient
from waldur_site_agent.waldur.transport import Transport
from waldur_site_agent_testkit.backends.bulk import BulkBackend
from waldur_site_agent_testkit.backends.memory import SYSTEMS, MemoryAccount, MemorySystem

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPONENTS = {
    "cpu": {"measured_unit": "h", "accounting_type": "limit", "label": "CPU", "unit_factor": 60}
}


def main() -> None:
    """Print a table: the first pass, an unchanged one, and one with some changes."""
    sizes = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    system = SYSTEMS.setdefault("benchmark", MemorySystem())
    for number in range(sizes.resources):
        name = f"hpc_{number:05}"
        system.accounts[name] = MemoryAccount(
            name=name, organization="", owner="", limits={"cpu": 60_000}
        )
    print(f"{sizes.resources:,} resources, {sizes.users:,} users, {sizes.projects:,} projects")
    print(f"{'':28}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}{'requests':>10}{'backend calls':>15}")
    with _served(sizes) as address:
        _show("first: everybody is added", address, system)
        _show("unchanged", address, system)
        for number in range(0, sizes.resources, 100):
            system.accounts[f"hpc_{number:05}"].users.pop()
        _show("1 % of resources lack one", address, system)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, default in (("resources", 10_000), ("users", 100_000), ("projects", 2_000)):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N")
    return parser.parse_args()


@contextmanager
def _served(sizes: argparse.Namespace) -> Iterator[dict[str, str]]:
    argv = [sys.executable, "-m", "waldur_site_agent_testkit.mastermind"]
    words = (f"--{name}={value}" for name, value in vars(sizes).items())
    with subprocess.Popen(  # noqa: S603 - our own module and numbers
        [*argv, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None  # noqa: S101 - for the type checker
        assert process.stdout is not None  # noqa: S101 - the same
        yield json.loads(process.stdout.readline())
        process.stdin.close()


class Counted(httpx2.BaseTransport):
    """The network, with the requests counted by method."""

    def __init__(self) -> None:
        """Count from nothing."""
        self._network = httpx2.HTTPTransport()
        self.requests: Counter[str] = Counter()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Count a request and send it."""
        self.requests[request.method] += 1
        return self._network.handle_request(request)

    def close(self) -> None:
        """Close the connections."""
        self._network.close()


def _show(what: str, address: dict[str, str], system: MemorySystem) -> None:
    settings = ConnectionSettings(api_url=address["api_url"], token=address["token"])
    before, begun, cpu = system.calls.copy(), time.perf_counter(), time.process_time()
    network = Counted()
    with Waldur(Transport(settings, network=network)) as waldur:
        report = MembershipPass(
            _site(address, settings, waldur),
            statuses=StatusReports(),
            check_stop=lambda: None,
            beat=lambda: None,
        ).run()
    wall, used = time.perf_counter() - begun, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    calls = sum((system.calls - before).values())
    total = network.requests.total()
    print(f"{what:28}{wall:8.1f}{used:8.1f}{peak:9.0f}{total:10,}{calls:15,}")
    told = ", ".join(f"{name} {count:,}" for name, count in report.counts.items() if count)
    print(f"{'':28}{told}; {dict(network.requests)}")


def _site(address: dict[str, str], settings: ConnectionSettings, waldur: Waldur) -> Site:
    uuid = address["offering_uuid"]
    return Site(
        offering=Offering.model_validate(
            {
                "name": "Supercomputer",
                "waldur_api_url": settings.api_url,
                "waldur_api_token": settings.token,
                "waldur_offering_uuid": uuid,
                "backend_type": "memory",
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
