"""Ceph's object storage by croit: the days for which each GB was stored."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from object_store import Croit, Owner

from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec

if TYPE_CHECKING:
    from waldur_site_agent_testkit.agent_site import AgentSite
    from waldur_site_agent_testkit.mastermind.state import Resource
    from waldur_site_agent_testkit.remote import Remote

PLUGIN = "croit_usage"
GB = 10**9
COMPONENTS = {
    "s3_storage": ComponentSpec(measured_unit="GB-day", billing_type="usage", unit_factor=GB)
}
STORAGE = {
    "accounting_type": "usage",
    "backend_name": "storage",
    "label": "Storage",
    "measured_unit": "GB-day",
    "unit_factor": GB,
}


@pytest.fixture
def croit(remote: Remote) -> Croit:
    return Croit(remote)


@pytest.fixture
def data(site: AgentSite, croit: Croit) -> Resource:
    """A resource with 1440 GB in the first minute of the month: one GB for a day."""
    site.configure(
        reporting_backend=PLUGIN,
        backend_settings=croit.settings,
        backend_components={"s3_storage": STORAGE},
    )
    croit.owners["waldur-data"] = Owner("waldur-data", "Data", "data@example.org")
    today = site.world.clock.today()
    start = datetime(today.year, today.month, 1, tzinfo=UTC).timestamp()
    croit.stored["waldur-data"] = [(start, 1440 * GB), (start + 60, 0)]
    return site.world.add_resource(site.project, site.offering, "Data", backend_id="waldur-data")


def test_days_and_gigabytes_are_multiplied(site: AgentSite, data: Resource) -> None:
    ended = site.agent("-m", "report", "--once")

    assert ended.code == 0, ended.out
    assert site.used(data) == {"s3_storage": 1}


@pytest.mark.parametrize("fails", ["the series", "all"])
def test_what_cannot_be_measured_is_not_zero(
    site: AgentSite, data: Resource, croit: Croit, remote: Remote, fails: str
) -> None:
    site.agent("-m", "report", "--once")
    croit.stored.clear()
    remote.down = fails == "all"
    ended = site.agent("-m", "report", "--once")

    assert ended.code == 1
    assert site.used(data) == {"s3_storage": 1}
