"""The agent's own commands against a portal on a loopback port."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from mup_stand_in.doors import Server
from mup_stand_in.portal import AGENT, PASSWORD, MupStandIn

from waldur_site_agent_testkit.agent_site import AgentSite
from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec
from waldur_site_agent_testkit.mastermind.faults import Status
from waldur_site_agent_testkit.mastermind.state import Role

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GRANT = "GRANT-1"


@pytest.fixture
def mup() -> MupStandIn:
    return MupStandIn()


@pytest.fixture
def site(tmp_path: Path, mup: MupStandIn) -> Iterator[AgentSite]:
    components = {"cpu": ComponentSpec(unit_factor=60), "gpu": ComponentSpec()}
    options = {
        "service_provider_can_create_offering_user": True,
        "username_generation_policy": "waldur_username",
    }
    with (
        Server(mup) as server,
        AgentSite(folder=tmp_path, components=components, plugin_options=options) as site,
    ):
        site.project.name = f"Programme / {GRANT} / Title"
        manager = site.world.add_user("pia")
        site.world.grant(manager, site.project, Role.PROJECT_MANAGER)
        configure(site, server.url)
        yield site
    assert mup.violations == []


def configure(site: AgentSite, url: str, **settings: Any) -> None:
    component = {"measured_unit": "h", "accounting_type": "limit"}
    site.configure(
        backend_type="mup",
        order_processing_backend="mup",
        membership_sync_backend="mup",
        reporting_backend="mup",
        backend_settings={
            "api_url": url,
            "username": AGENT,
            "password": PASSWORD,
            "retry_wait_seconds": 0,
            **settings,
        },
        backend_components={
            "cpu": {**component, "label": "CPU", "unit_factor": 60},
            "gpu": {**component, "label": "GPU", "mup_allocation_type": "Deucalion GPU"},
        },
    )


def test_a_resource_lives_and_ends(site: AgentSite, mup: MupStandIn) -> None:
    order = site.order("a", limits={"cpu": 10, "gpu": 3})
    ended = site.agent("-m", "order_process", "--once")
    assert (ended.code, order.state) == (0, "done"), ended.out
    cpu = order.resource.backend_id
    assert mup.sizes() == {cpu: 600, cpu.replace("_cpu", "_gpu"): 3}

    site.member("ana")
    assert site.agent("-m", "membership_sync", "--once").code == 0
    assert mup.active_members(GRANT) == {"pia", "ana"}

    mup.use(cpu, ana=120)
    assert site.agent("-m", "report", "--once").code == 0
    assert float(site.used(order.resource)["cpu"]) == 2

    last = site.world.order_terminate(order.resource)
    ended = site.agent("-m", "order_process", "--once")
    assert last.state == "done"
    assert (mup.sizes(), mup.of_grant(GRANT).is_active) == ({}, False)
    assert PASSWORD not in ended.out + ended.err


def test_a_dry_run_changes_nothing(site: AgentSite, mup: MupStandIn) -> None:
    order = site.order("a", limits={"cpu": 10})

    ended = site.agent("-m", "order_process", "--dry-run")

    assert (ended.code, order.state, mup.writes()) == (0, "pending-provider", [])


def test_a_portal_that_is_down(site: AgentSite, mup: MupStandIn) -> None:
    order = site.order("a", limits={"cpu": 10})
    down = mup.faults.add(match="*", action=Status(503), times=None)

    ended = site.agent("-m", "order_process", "--once")
    assert (ended.code, order.state) == (1, "executing")
    assert "Traceback" not in ended.out + ended.err

    down.cancel()
    assert site.agent("-m", "order_process", "--once").code == 0
    assert order.state == "done"


def diagnosed(site: AgentSite) -> tuple[int, str]:
    ended = site.run("waldur_site_diagnostics", "-c", str(site.config_file))
    return ended.code, ended.out + ended.err


def test_diagnostics_of_a_portal_that_is_well(site: AgentSite) -> None:
    code, said = diagnosed(site)

    assert code == 0, said
    assert "neither pause nor downscale" in said
    assert PASSWORD not in said


def test_diagnostics_of_what_is_not_well(site: AgentSite, mup: MupStandIn) -> None:
    with Server(mup) as server:
        configure(site, server.url, default_research_field=99)
        code, said = diagnosed(site)
        assert code != 0
        assert "backend_settings.default_research_field: MUP has no research field 99" in said

        configure(site, server.url, password="wrong")
        code, said = diagnosed(site)
        assert code != 0
        assert "correct backend_settings.username and password" in said
