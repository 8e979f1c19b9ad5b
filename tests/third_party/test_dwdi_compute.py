"""CSCS's warehouse: what an account used of a cluster."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from warehouse import NodeHours, Warehouse

from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec
from waldur_site_agent_testkit.relay import Relay, socks5

if TYPE_CHECKING:
    from waldur_site_agent_testkit.agent_site import AgentSite
    from waldur_site_agent_testkit.mastermind.state import Resource
    from waldur_site_agent_testkit.remote import Remote

PLUGIN = "cscs-dwdi-compute"
COMPONENTS = {"nodeHours": ComponentSpec(measured_unit="node-hours", billing_type="usage")}


@pytest.fixture
def warehouse(remote: Remote) -> Warehouse:
    return Warehouse(remote)


@pytest.fixture
def months(site: AgentSite) -> list[str]:
    """This month and the one before."""
    first = site.world.clock.today().replace(day=1)
    return [f"{day:%Y-%m}" for day in (first, first - timedelta(days=1))]


@pytest.fixture
def account(site: AgentSite, warehouse: Warehouse, months: list[str]) -> Resource:
    """A resource of the cluster Alps, whose account works on another cluster, too."""
    site.configure(reporting_backend=PLUGIN, backend_settings=warehouse.settings)
    site.offering.backend_id = "Alps"
    site.member("ada", username="ada")
    for month, hours in zip(months, (12.5, 40), strict=True):
        used = NodeHours(month=month, cluster="alps", account="g1", user="ada", node_hours=hours)
        elsewhere = NodeHours(
            month=month, cluster="eiger", account="g1", user="ada", node_hours=1000
        )
        warehouse.compute += [used, elsewhere]
    return site.world.add_resource(site.project, site.offering, "Data", backend_id="g1")


def test_what_was_used_of_the_offerings_cluster_is_reported_by_user(
    site: AgentSite, account: Resource
) -> None:
    ended = site.agent("-m", "report", "--once")

    today = site.world.clock.today()
    assert ended.code == 0, ended.out
    assert site.used(account) == {"nodeHours": 12.5}
    assert site.world.user_usages(account, today.replace(day=1)) == {("ada", "nodeHours"): 12.5}


def test_the_month_before_is_counted_by_the_offerings_cluster_too(
    site: AgentSite, account: Resource
) -> None:
    site.agent("-m", "report", "--once")
    last = site.world.clock.today().replace(day=1) - timedelta(days=1)

    assert site.world.usages(account, last.replace(day=1)) == {"nodeHours": 40}


def test_an_account_that_the_warehouse_does_not_know_is_idle(
    site: AgentSite, warehouse: Warehouse, account: Resource
) -> None:
    warehouse.compute.clear()
    ended = site.agent("-m", "report", "--once")

    assert ended.code == 0, ended.out
    assert set(site.used(account).values()) <= {0}


def test_the_way_may_lead_through_a_socks_proxy(
    site: AgentSite, warehouse: Warehouse, remote: Remote, account: Resource
) -> None:
    with Relay(urlsplit(remote.url).port or 0, greet=socks5) as proxy:
        settings = {**warehouse.settings, "socks_proxy": f"socks5://127.0.0.1:{proxy.port}"}
        site.configure(reporting_backend=PLUGIN, backend_settings=settings)
        ended = site.agent("-m", "report", "--once")

        assert proxy.connections
    assert ended.code == 0, ended.out
    assert site.used(account) == {"nodeHours": 12.5}


def test_nothing_is_reported_while_the_warehouse_is_out_of_order(
    site: AgentSite, remote: Remote, account: Resource
) -> None:
    remote.down = True
    ended = site.agent("-m", "report", "--once")

    assert ended.code == 1
    assert site.used(account) == {}
    assert account.state == "OK"
