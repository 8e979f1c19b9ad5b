"""OpenNebula: a virtual data centre for each resource, or a machine in one that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from keycloak_api import REALM, Keycloak
from opennebula_frontend import DONE, OpenNebula
from opennebula_wire import CREDENTIALS

from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec
from waldur_site_agent_testkit.remote import Remote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waldur_site_agent_testkit.agent_site import AgentSite
    from waldur_site_agent_testkit.mastermind.state import Resource

PLUGIN = "opennebula"
CENTRE = {"cpu": "vCPU", "ram": "MB", "storage": "MB"}
MACHINE = {"vcpu": "vCPU", "vm_ram": "MB", "vm_disk": "MB"}
COMPONENTS = {
    name: ComponentSpec(measured_unit=unit, billing_type=billing)
    for names, billing in ((CENTRE, "limit"), (MACHINE, "fixed"))
    for name, unit in names.items()
}
LIMITS = {"cpu": 4, "ram": 8192, "storage": 20480}
NETWORKING = {"external_network_id": 5, "virtual_router_template_id": 7}
KEY = "ssh-ed25519 AAAA ada@example.org"


def configure(
    site: AgentSite, remote: Remote, components: dict[str, str], **settings: object
) -> None:
    """Write the agent's settings; the resources of the offering are counted by the components."""
    site.configure(
        order_processing_backend=PLUGIN,
        membership_sync_backend=PLUGIN,
        reporting_backend=PLUGIN,
        backend_components={
            name: {"measured_unit": unit, "accounting_type": "limit", "label": name}
            for name, unit in components.items()
        },
        backend_settings={
            "api_url": f"{remote.url}/RPC2",
            "credentials": CREDENTIALS,
            "cluster_ids": [0],
            **settings,
        },
    )


def ordered(site: AgentSite, name: str, **order: Any) -> Resource:
    """Order something, and let the agent make it."""
    placed = site.order(name, **order)
    ended = site.agent("-m", "order_process", "--once")
    assert (placed.state, ended.code) == ("done", 0), ended.out
    return placed.resource


@pytest.fixture
def nebula(remote: Remote) -> OpenNebula:
    return OpenNebula(remote)


@pytest.fixture
def data(site: AgentSite, remote: Remote, nebula: OpenNebula) -> Resource:
    """A data centre with a network and a user, made by the agent."""
    assert nebula.vdcs == {}
    configure(site, remote, CENTRE, create_opennebula_user=True, **NETWORKING)
    return ordered(site, "Data", limits=LIMITS)


@pytest.fixture
def identities() -> Iterator[Remote]:
    """Keycloak's own address."""
    with Remote() as identities:
        yield identities
        assert not identities.unanswered
        assert not identities.defects


@pytest.fixture
def keycloak(identities: Remote) -> Keycloak:
    keycloak = Keycloak(identities)
    keycloak.add_user("ada")
    keycloak.add_user("bob")
    return keycloak


def test_an_order_becomes_a_data_centre_with_a_network_and_a_user(
    site: AgentSite, data: Resource, nebula: OpenNebula
) -> None:
    metadata = dict(data.backend_metadata)
    ended = site.agent("-m", "membership_sync", "--once")

    assert (data.backend_id, ended.code, data.limits) == ("data", 0, LIMITS), ended.out
    assert nebula.vdcs.names == nebula.groups.names == {"data"}
    assert nebula.quota("data") == {"cpu": "4", "ram": "8192", "storage": "20480"}
    assert metadata["subnet_cidr"] == "10.0.1.0/24"
    assert nebula.routers.names == {"data_router"}
    (user,) = nebula.users.values()
    assert metadata["opennebula_username"] == user["NAME"]
    assert user["GID"] == nebula.groups.named("data")["ID"]
    assert data.backend_metadata == metadata


def test_new_limits_become_the_quota_of_the_group(
    site: AgentSite, data: Resource, nebula: OpenNebula
) -> None:
    order = site.world.order_update(data, {**LIMITS, "cpu": 6})
    site.agent("-m", "order_process", "--once")

    assert order.state == "done"
    assert nebula.quota("data") == {"cpu": "6", "ram": "8192", "storage": "20480"}


def test_whole_units_that_are_used_are_reported(
    site: AgentSite, data: Resource, nebula: OpenNebula
) -> None:
    group = nebula.groups.named("data")
    group["VM_QUOTA"]["VM"] |= {"CPU_USED": "1.5", "MEMORY_USED": "4096"}
    group["DATASTORE_QUOTA"]["DATASTORE"]["SIZE_USED"] = "10"
    ended = site.agent("-m", "report", "--once")

    assert ended.code == 0, ended.out
    assert site.used(data) == {"cpu": 1, "ram": 4096, "storage": 10}


def test_states_mean_nothing_to_it(site: AgentSite, data: Resource, nebula: OpenNebula) -> None:
    for paused in (True, False):
        site.world.pause(data, paused=paused)
        site.world.downscale(data, downscaled=not paused)
        ended = site.agent("-m", "membership_sync", "--once")
        assert ended.code == 0, ended.out

    assert nebula.quota("data") == {"cpu": "4", "ram": "8192", "storage": "20480"}


def test_the_end_of_a_resource_is_that_of_all_that_was_made_for_it(
    site: AgentSite, data: Resource, nebula: OpenNebula
) -> None:
    order = site.world.order_terminate(data)
    site.agent("-m", "order_process", "--once")

    assert order.state == "done"
    assert nebula.vdcs == nebula.groups == nebula.users == {}
    assert nebula.networks == nebula.routers == nebula.firewalls == {}
    assert [machine["STATE"] for machine in nebula.machines.values()] == [DONE]


def test_nothing_is_lost_while_the_front_end_is_out_of_order(
    site: AgentSite, data: Resource, remote: Remote, nebula: OpenNebula
) -> None:
    remote.down = True
    for mode in ("membership_sync", "report"):
        ended = site.agent("-m", mode, "--once")
        assert ended.code == 1
        assert "resource.missing" not in ended.out
    assert data.state == "OK"

    orders = [site.order("Lab", limits=LIMITS), site.world.order_terminate(data)]
    ended = site.agent("-m", "order_process", "--once")
    left = [order.state for order in orders]
    remote.down = False
    site.agent("-m", "order_process", "--once")

    assert (ended.code, left) == (1, ["executing", "executing"])
    assert [order.state for order in orders] == ["done", "done"]
    assert nebula.vdcs.names == {"lab"}


def test_members_come_by_keycloak_and_stay(
    site: AgentSite, remote: Remote, nebula: OpenNebula, identities: Remote, keycloak: Keycloak
) -> None:
    ada, bob = site.member("ada"), site.member("bob")
    site.world.set_username(ada, site.offering, "ada")
    access = {"keycloak_url": f"{identities.url}/", "keycloak_realm": REALM}
    login = {"keycloak_username": "agent", "keycloak_password": "hush"}
    configure(
        site,
        remote,
        CENTRE,
        keycloak_enabled=True,
        keycloak={**access, **login},
        saml_mapping_file=str(site.folder / "groups.yaml"),
    )
    data = ordered(site, "Data", limits=LIMITS)
    at_first = keycloak.members("user")
    site.world.set_username(bob, site.offering, "bob")
    site.world.revoke(ada, site.project)
    ended = site.agent("-m", "membership_sync", "--once")
    afterwards = keycloak.members("user")
    site.world.order_terminate(data)
    site.agent("-m", "order_process", "--once")

    assert ended.code == 0, ended.out
    assert at_first == {"ada"}
    # The plugin does not tell whom it added, so nobody can tell that Ada has to go.
    assert afterwards == {"ada", "bob"}
    assert keycloak.groups == nebula.groups == {}


@pytest.fixture
def machine(site: AgentSite, remote: Remote, nebula: OpenNebula) -> Resource:
    """A machine of four cores, made by the agent in the data centre of a team."""
    group, _ = nebula.allocate_group("team"), nebula.networks.add("team_internal")
    nebula.add_group(nebula.allocate_vdc('NAME="team"'), group)
    configure(
        site, remote, MACHINE, resource_type="vm", template_id=9, parent_vdc_backend_id="team"
    )
    size = {"vcpu": 4, "vm_ram": 1024, "vm_disk": 10240}
    plan = site.world.add_plan(site.offering, "Large", quotas=size)
    return ordered(site, "Data", limits={}, plan=plan, attributes={"ssh_public_key": KEY})


def test_a_machine_has_the_size_of_its_plan_until_it_is_resized(
    site: AgentSite, machine: Resource, nebula: OpenNebula
) -> None:
    made = nebula.machines.named("data")
    bought = dict(made["TEMPLATE"])
    bigger = site.world.order_update(machine, {"vcpu": 8, "vm_ram": 2048, "vm_disk": 10240})
    site.agent("-m", "order_process", "--once")
    resized = dict(made["TEMPLATE"])
    end = site.world.order_terminate(machine)
    site.agent("-m", "order_process", "--once")

    assert machine.backend_id == str(made["ID"])
    assert (bought["VCPU"], bought["MEMORY"]) == ("4", "1024")
    assert bought["CONTEXT"]["SSH_PUBLIC_KEY"] == KEY
    assert (resized["VCPU"], resized["MEMORY"]) == ("8", "2048")
    assert (bigger.state, end.state, made["STATE"]) == ("done", "done", DONE)


def test_a_machine_is_looked_for_among_data_centres(
    site: AgentSite, machine: Resource, nebula: OpenNebula
) -> None:
    for mode in ("membership_sync", "report"):
        ended = site.agent("-m", mode, "--once")
        assert ended.code == 1
        assert "resource.missing" in ended.out

    assert machine.state == "OK"
    assert not site.used(machine)
    assert nebula.machines.named("data")["STATE"] != DONE
