"""What passes over a federated offering cost: requests to either Waldur, and time.

    python benchmarks/federation.py [--resources 100 --projects 100 --members 5]

Two Masterminds of the testkit in this process, without sockets, so that requests are what counts.
Prints figures and asserts none; issue: an unchanged pass over 100 resources asks B no more than 20.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.backends import UnknownUsernameManagementBackend
from waldur_site_agent.config.models import Offering
from waldur_site_agent.membership.statuses import StatusReports
from waldur_site_agent.membership.sync_pass import MembershipPass
from waldur_site_agent.orders.order_pass import list_orders, process_orders
from waldur_site_agent.sites.reads import PassReads
from waldur_site_agent.sites.site import Site
from waldur_site_agent.usage.usage_pass import UsagePass, months_of_pass
from waldur_site_agent.waldur.connection import ConnectionSettings
from waldur_site_agent.waldur.gateway import Waldur
from waldur_site_agent.waldur.plugin_client import PluginClient
from waldur_site_agent.waldur.transport import Transport
from waldur_site_agent_testkit.federation import SOURCE, Federation, federation
from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_waldur.backend import WaldurBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from waldur_site_agent_testkit.mastermind.calls import Call
    from waldur_site_agent_testkit.mastermind.world import World
    from waldur_site_agent_waldur.settings import TargetAddress

COMPONENTS = {
    "node_hours": {
        "measured_unit": "h",
        "accounting_type": "limit",
        "label": "Node hours",
        "target_components": {"gpu_hours": {"factor": 5}, "storage_gb_hours": {"factor": 10}},
    }
}
ON_B = {"gpu_hours": 500, "storage_gb_hours": 1000}


def main() -> None:
    """Print a table of passes."""
    sizes = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    stage = federation()
    _fill(stage, sizes)
    print(f"{sizes.resources} resources in {sizes.projects} projects, {sizes.members} members each")
    print(f"{'':32}{'wall s':>8}{'to A':>8}{'to B':>8}")
    _show("members: everybody is added", stage, _members)
    _show("members: unchanged", stage, _members, listed=True)
    _show("usage: first", stage, _usage)
    _show("usage: unchanged", stage, _usage, listed=True)
    first = next(iter(stage.a.world.state.resources.values()))
    stage.a.world.order_create(first.project, stage.a.offering, "New", limits={"node_hours": 1})
    _show("orders: a Create is placed", stage, _orders)
    _show("orders: B has not done it", stage, _orders, listed=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, default in (("resources", 100), ("projects", 100), ("members", 5)):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N")
    return parser.parse_args()


def _fill(stage: Federation, sizes: argparse.Namespace) -> None:
    """Resources that have long been there on both sides, and used something on B."""
    a, b, now = stage.a, stage.b, datetime.now(UTC)
    people = [a.world.add_user(f"user{number}@idp.test") for number in range(50)]
    projects = []
    for number in range(sizes.projects):
        ours = a.world.add_project(a.customer, f"Project {number}")
        for member in range(sizes.members):
            a.world.grant(people[(number + member) % len(people)], ours)
        mark = f"{a.customer.uuid}_{ours.uuid}"
        projects.append((ours, b.world.add_project(b.customer, ours.name, backend_id=mark)))
    for number in range(sizes.resources):
        ours, theirs = projects[number % len(projects)]
        target = b.world.add_resource(
            theirs, b.offering, f"r{number}", backend_id=f"r{number}", limits=dict(ON_B)
        )
        b.world.use(target, "gpu_hours", str(number), now)
        a.world.add_resource(
            ours,
            a.offering,
            f"r{number}",
            backend_id=str(target.uuid),
            limits={"node_hours": 100},
        )


def _show(
    what: str, stage: Federation, run: Callable[[Site], object], *, listed: bool = False
) -> None:
    before_a, before_b = len(stage.a.world.calls), len(stage.b.world.calls)
    began = time.perf_counter()
    with _site(stage) as site:
        run(site)
    seconds = time.perf_counter() - began
    to_b = list(stage.b.world.calls)[before_b:]
    to_a = len(stage.a.world.calls) - before_a
    print(f"{what:32}{seconds:8.2f}{to_a:8}{len(to_b):8}")
    if listed:
        for path, number in Counter(map(_kind, to_b)).most_common():
            print(f"    {number:4} {path}")


def _kind(call: Call) -> str:
    parts = ["…" if len(part) == 32 else part for part in call.path.split("/")]  # noqa: PLR2004 - digits of a UUID
    return f"{call.method} {'/'.join(parts)}"


@contextmanager
def _site(stage: Federation) -> Iterator[Site]:
    waldur = _gateway(stage.a.world, stage.a.token)
    target = _gateway(stage.b.world, stage.b.token)

    class Backend(WaldurBackend):
        def gateway(self, address: TargetAddress) -> Waldur:  # noqa: ARG002 - there is one B
            return target

    backend = Backend(
        {
            "target_api_url": "https://b.example.org/api/",
            "target_api_token": stage.b.token,
            "target_offering_uuid": str(stage.b.offering.uuid),
            "target_customer_uuid": str(stage.b.customer.uuid),
            "identity_bridge_source": SOURCE,
        },
        {name: dict(component) for name, component in COMPONENTS.items()},
    )
    uuid = str(stage.a.offering.uuid)
    backend.begin_pass()
    yield Site(
        offering=Offering(
            name="federated",
            waldur_api_url="https://a.example.org/api/",
            waldur_api_token=stage.a.token,
            waldur_offering_uuid=uuid,
            backend_type="waldur",
        ),
        waldur=waldur,
        client=PluginClient(_settings(stage.a.token), waldur),
        backend=backend,
        username_backend=UnknownUsernameManagementBackend(),
        reads=PassReads(waldur, uuid),
        expose_error_details=True,
    )
    backend.end_pass()


def _gateway(world: World, token: str) -> Waldur:
    return Waldur(Transport(_settings(token), network=transport(world)))


def _settings(token: str) -> ConnectionSettings:
    return ConnectionSettings(api_url="https://waldur.example.org/api/", token=token)


def _members(site: Site) -> object:
    return MembershipPass(
        site, statuses=StatusReports(), check_stop=lambda: None, beat=lambda: None
    ).run()


def _usage(site: Site) -> object:
    return UsagePass(
        site, months=months_of_pass("UTC", 1), check_stop=lambda: None, beat=lambda: None
    ).run()


def _orders(site: Site) -> object:
    orders = list_orders(site.waldur, site.offering.waldur_offering_uuid)
    return process_orders(
        site, orders, late=frozenset(), check_stop=lambda: None, beat=lambda: None
    )


if __name__ == "__main__":
    main()
