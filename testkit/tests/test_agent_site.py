"""A site for one test: the agent's own commands beside a Waldur."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.agent_site import AgentSite
from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


ENTRY_POINTS = """\
[waldur_site_agent.backends]
memory = waldur_site_agent_testkit.backends.memory:MemoryBackend
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AgentSite]:
    record = tmp_path / "memory_plugin-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: memory-plugin\nVersion: 1.0\n")
    (record / "entry_points.txt").write_text(ENTRY_POINTS)
    components = {"cpu": ComponentSpec(name="CPU")}
    variables = {"PYTHONPATH": str(tmp_path)}
    with AgentSite(folder=tmp_path, components=components, variables=variables) as site:
        yield site


def test_an_order_goes_through_a_plugin_whose_hooks_are_seen(site: AgentSite) -> None:
    site.configure(order_processing_backend="memory")
    order = site.order("Data", limits={"cpu": 2})

    ended = site.agent("-m", "order_process", "--once")

    assert (ended.code, order.state) == (0, "done"), ended.out
    assert order.resource.backend_id == "data"
    assert ended.hooks["memory", "_collect_resource_limits"] == 1
    assert ended.hooks["memory", "create_resource"] == 0, "the contract's, not the plugin's own"


def test_a_members_usage_and_limits_are_there_to_look_at(site: AgentSite) -> None:
    ada = site.member("ada")
    order = site.order("Data", limits={"cpu": 2})

    assert ada.username == "ada"
    assert (order.resource.slug, order.limits) == ("data", {"cpu": 2})
    assert site.used(order.resource) == {}


def test_a_member_has_a_username_if_one_is_given_and_may_leave(site: AgentSite) -> None:
    ada = site.member("ada", username="ada1")
    account = site.world.offering_user(ada, site.offering)
    site.leave(ada)

    assert account is not None
    assert account.username == "ada1"
    assert [grant.user for grant in site.world.team(site.project)] == []


def test_a_configuration_that_does_not_hold_is_told_on_standard_error(site: AgentSite) -> None:
    site.configure(order_processing_backend="nowhere")

    ended = site.agent("--once")

    assert ended.code == 2
    assert ended.events == [] or "nowhere" in ended.out + ended.err
