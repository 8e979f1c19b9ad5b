"""CSCS's warehouse: what is stored under a path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from warehouse import Warehouse

from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec

if TYPE_CHECKING:
    from waldur_site_agent_testkit.agent_site import AgentSite
    from waldur_site_agent_testkit.mastermind.state import Resource
    from waldur_site_agent_testkit.remote import Remote

PLUGIN = "cscs-dwdi-storage"
GB = 10**9
COMPONENTS = {
    "storage_space": ComponentSpec(measured_unit="GB", billing_type="usage", unit_factor=GB),
}


@pytest.fixture
def warehouse(remote: Remote) -> Warehouse:
    return Warehouse(remote)


@pytest.fixture
def share(site: AgentSite, warehouse: Warehouse) -> Resource:
    """A resource with 5 GB under the path that the settings name for it."""
    site.configure(
        reporting_backend=PLUGIN,
        backend_settings={
            **warehouse.settings,
            "storage_filesystem": "lustre",
            "storage_data_type": "projects",
            "storage_path_mapping": {"g1": "/store/g1"},
        },
    )
    warehouse.stored[f"{site.world.clock.today():%Y-%m}", "/store/g1"] = 5 * GB
    return site.world.add_resource(site.project, site.offering, "Data", backend_id="g1")


def test_what_is_stored_under_the_resources_path_is_reported(
    site: AgentSite, share: Resource
) -> None:
    ended = site.agent("-m", "report", "--once")

    assert ended.code == 0, ended.out
    assert site.used(share) == {"storage_space": 5}


def test_usage_may_go_down(site: AgentSite, warehouse: Warehouse, share: Resource) -> None:
    site.agent("-m", "report", "--once")
    warehouse.stored = dict.fromkeys(warehouse.stored, 3 * GB)
    ended = site.agent("-m", "report", "--once")

    assert ended.code == 0, ended.out
    assert site.used(share) == {"storage_space": 3}


def test_what_was_reported_stays_while_the_warehouse_is_out_of_order(
    site: AgentSite, remote: Remote, share: Resource
) -> None:
    site.agent("-m", "report", "--once")
    remote.down = True
    ended = site.agent("-m", "report", "--once")

    assert ended.code == 1
    assert site.used(share) == {"storage_space": 5}
