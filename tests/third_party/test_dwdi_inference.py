"""CSCS's warehouse: what inference cost a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from warehouse import Warehouse

from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec

if TYPE_CHECKING:
    from waldur_site_agent_testkit.agent_site import AgentSite
    from waldur_site_agent_testkit.mastermind.state import Resource
    from waldur_site_agent_testkit.remote import Remote

PLUGIN = "cscs-dwdi-inference"
COMPONENTS = {"token_cost": ComponentSpec(measured_unit="EUR", billing_type="usage")}
UUID = "7f0d9b7c5a0b4b0c8a4e4d0f4a3b2c1d"


@pytest.fixture
def warehouse(remote: Remote) -> Warehouse:
    return Warehouse(remote)


@pytest.fixture
def model(site: AgentSite, warehouse: Warehouse) -> Resource:
    """A resource that the warehouse knows by its id on the backend, and that cost 3.50."""
    site.configure(reporting_backend=PLUGIN, backend_settings=warehouse.settings)
    warehouse.costs[f"{site.world.clock.today():%Y-%m}", UUID] = 3.5
    return site.world.add_resource(site.project, site.offering, "Chat", backend_id=UUID)


def test_what_it_cost_is_reported(site: AgentSite, model: Resource) -> None:
    ended = site.agent("-m", "report", "--once")

    assert ended.code == 0, ended.out
    assert site.used(model) == {"token_cost": 3.5}


def test_a_resource_without_costs_is_not_measured(
    site: AgentSite, warehouse: Warehouse, model: Resource
) -> None:
    """The plugin fails over it, so that it cannot be told from one that could not be read."""
    warehouse.costs.clear()
    ended = site.agent("-m", "report", "--once")

    assert ended.code == 1
    assert "usage.unmeasured" in {event["event"] for event in ended.events}
    assert site.used(model) == {}


def test_what_was_reported_stays_while_the_warehouse_is_out_of_order(
    site: AgentSite, remote: Remote, model: Resource
) -> None:
    site.agent("-m", "report", "--once")
    remote.down = True
    ended = site.agent("-m", "report", "--once")

    assert ended.code == 1
    assert site.used(model) == {"token_cost": 3.5}
