"""The agent's own command with the plugin: what becomes of an order, of members, of usage."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import COMPONENTS, settings_for
from portal import Portal

from waldur_site_agent_testkit.agent_site import AgentSite
from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec


@pytest.fixture
def site(tmp_path: Path, portal: Portal) -> Iterator[AgentSite]:
    """A Waldur with one offering, and the agent beside it."""
    components = {name: ComponentSpec() for name in COMPONENTS}
    with AgentSite(folder=tmp_path, components=components) as site:
        site.configure(
            backend_type="acme",
            order_processing_backend="acme",
            membership_sync_backend="acme",
            reporting_backend="acme",
            username_management_backend="acme",
            backend_settings=settings_for(portal),
            backend_components=COMPONENTS,
        )
        yield site


def test_from_an_order_to_its_end(site: AgentSite, portal: Portal) -> None:
    site.member("ada", email="ada@example.org")
    portal.accounts["ada@example.org"] = "ada"

    order = site.order("Data", limits={"storage": 2, "files": 100})
    assert site.agent("-m", "order_process", "--once").code == 0
    assert order.state == "done"
    assert portal.shares["waldur-data"]["limits"] == {"disk": 2048, "files": 100}

    assert site.agent("-m", "membership_sync", "--once").code == 0
    assert portal.shares["waldur-data"]["users"] == ["ada"]

    month = f"{site.world.clock.today():%Y-%m}"
    portal.usage[month] = ["waldur-data|ada|disk|512"]
    assert site.agent("-m", "report", "--once").code == 0
    assert site.used(order.resource)["storage"] == 0.5

    end = site.world.order_terminate(order.resource)
    assert site.agent("-m", "order_process", "--once").code == 0
    assert end.state == "done"
    assert portal.shares == {}
