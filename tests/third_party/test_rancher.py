"""Rancher: a project with a namespace for each resource, and a group of Keycloak for its team.

What the plugin does through ``waldur-site-agent-keycloak-client`` is seen in the groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from keycloak_api import REALM, Keycloak
from rancher_api import CLUSTER, Rancher

from waldur_site_agent_testkit.mastermind import Status
from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec

if TYPE_CHECKING:
    from waldur_site_agent_testkit.agent_site import AgentSite
    from waldur_site_agent_testkit.mastermind.state import Resource, User
    from waldur_site_agent_testkit.remote import Remote

PLUGIN = "rancher"
COMPONENTS = {
    name: ComponentSpec(measured_unit=unit, billing_type="limit")
    for name, unit in {"cpu": "core", "memory": "GB", "storage": "GB"}.items()
}
TYPES = {"cpu": "cpu", "memory": "ram", "storage": "storage"}
LIMITS = {"cpu": 2, "memory": 4, "storage": 10}
ROLE = "project-member"
TEAM = f"project_example-1_{ROLE}"
QUOTA = "custom-resource-quota"


def allows(limits: dict[str, int]) -> dict[str, str]:
    """Tell the quota that the plugin makes of limits."""
    return {
        "limits.cpu": f"{limits['cpu'] * 1000}m",
        "limits.memory": f"{limits['memory'] * 1024}Mi",
        "requests.storage": f"{limits['storage'] * 1024}Mi",
    }


@pytest.fixture
def rancher(remote: Remote) -> Rancher:
    return Rancher(remote)


@pytest.fixture
def keycloak(identities: Remote) -> Keycloak:
    keycloak = Keycloak(identities)
    keycloak.add_user("ada")
    keycloak.add_user("bob")
    return keycloak


@pytest.fixture
def ada(site: AgentSite, keycloak: Keycloak) -> User:
    """Somebody on the team, with a name that Keycloak has, too."""
    ada = site.member("ada")
    assert "ada" in keycloak.users.values()
    site.world.set_username(ada, site.offering, "ada")
    return ada


@pytest.fixture
def rancher_site(
    site: AgentSite, ada: User, remote: Remote, identities: Remote, rancher: Rancher
) -> AgentSite:
    assert (ada.username, rancher.projects) == ("ada", {})
    site.configure(
        order_processing_backend=PLUGIN,
        membership_sync_backend=PLUGIN,
        reporting_backend=PLUGIN,
        backend_components={
            name: {
                "type": TYPES[name],
                "label": name,
                "measured_unit": spec.measured_unit,
                "accounting_type": "limit",
            }
            for name, spec in COMPONENTS.items()
        },
        backend_settings={
            "backend_url": remote.url,
            "username": "token-1",
            "password": "hush",
            "cluster_id": CLUSTER,
            "default_role": ROLE,
            "keycloak_enabled": True,
            "keycloak_use_user_id": False,
            "keycloak": {
                "keycloak_url": f"{identities.url}/",
                "keycloak_realm": REALM,
                "keycloak_username": "agent",
                "keycloak_password": "hush",
            },
        },
    )
    return site


@pytest.fixture
def data(rancher_site: AgentSite, rancher: Rancher, keycloak: Keycloak) -> Resource:
    """A resource that the agent made some time ago, and Ada on it."""
    site, number = rancher_site, f"{CLUSTER}:p-1"
    annotations = {"waldur/managed": "true", "waldur/project_slug": site.project.slug}
    project = {"id": number, "name": "waldur-data", "annotations": annotations}
    rancher.projects[number] = {**project, "clusterId": CLUSTER}
    space = "waldur-data"
    rancher.namespaces[space] = {"id": space, "name": space, "projectId": number}
    quota = {"metadata": {}, "spec": {"hard": allows(LIMITS)}}
    rancher.quotas.keep((space, QUOTA), quota)
    keycloak.add_member(TEAM, "ada", parent="c_cm1234ab")
    return site.world.add_resource(
        site.project, site.offering, "Data", backend_id=number, limits=LIMITS
    )


def test_an_interrupted_creation_finds_its_project_again(
    rancher_site: AgentSite, rancher: Rancher, keycloak: Keycloak
) -> None:
    site = rancher_site
    order = site.order("Data", limits=LIMITS)
    site.world.faults.add(match="POST set_backend_id", action=Status(403))
    for code in (1, 0):
        ended = site.agent("-m", "order_process", "--once")
        assert ended.code == code, ended.out

    assert (order.state, order.resource.backend_id) == ("done", f"{CLUSTER}:p-1")
    assert rancher.names() == {"waldur-data"}
    assert rancher.quotas.one(QUOTA, "waldur-data")["spec"]["hard"] == allows(LIMITS)
    assert [one["groupPrincipalId"] for one in rancher.bindings.values()] == [
        f"keycloakoidc_group://{TEAM}"
    ]
    assert keycloak.names() == {"c_cm1234ab", TEAM}
    assert keycloak.members(TEAM) == {"ada"}


def test_an_update_sets_the_quota(site: AgentSite, data: Resource, rancher: Rancher) -> None:
    more = {**LIMITS, "cpu": 3}
    order = site.world.order_update(data, more)
    site.agent("-m", "order_process", "--once")

    assert order.state == "done"
    assert rancher.quotas.one(QUOTA, "waldur-data")["spec"]["hard"] == allows(more)


def test_members_come_and_go_and_what_is_used_is_reported(
    site: AgentSite, data: Resource, ada: User, rancher: Rancher, keycloak: Keycloak
) -> None:
    used = {"limits.cpu": "500m", "limits.memory": "1Gi", "requests.storage": "2Gi"}
    rancher.quotas.one(QUOTA, "waldur-data")["status"]["used"] = used
    site.world.set_username(site.member("bob"), site.offering, "bob")
    site.world.revoke(ada, site.project)
    for mode in ("membership_sync", "report"):
        ended = site.agent("-m", mode, "--once")
        assert ended.code == 0, ended.out

    assert keycloak.members(TEAM) == {"bob"}
    assert {name: float(amount) for name, amount in site.used(data).items()} == {
        "cpu": 0.5,
        "memory": 1,
        "storage": 2,
    }


def test_a_pause_cannot_be_carried_out(site: AgentSite, data: Resource, rancher: Rancher) -> None:
    site.world.pause(data)
    ended = site.agent("-m", "membership_sync", "--once")

    assert (ended.code, data.state) == (0, "OK"), ended.out
    assert '"state.not_reached"' in ended.out
    assert rancher.quotas.one(QUOTA, "waldur-data")["spec"]["hard"] == allows(LIMITS)


def test_the_end_of_a_resource_leaves_the_team_on_the_others(
    site: AgentSite, data: Resource, rancher: Rancher, keycloak: Keycloak
) -> None:
    """The plugin deletes the group, which resources of a project share; the next pass makes it."""
    more = site.order("More", limits=LIMITS)
    site.agent("-m", "order_process", "--once")
    order = site.world.order_terminate(data)
    site.agent("-m", "order_process", "--once")
    ended = site.agent("-m", "membership_sync", "--once")

    assert (more.state, order.state, ended.code) == ("done", "done", 0), ended.out
    assert rancher.names() == {"waldur-more"}
    assert keycloak.members(TEAM) == {"ada"}


def test_orders_wait_while_rancher_is_out_of_order(
    site: AgentSite, data: Resource, remote: Remote, rancher: Rancher
) -> None:
    orders = [site.order("More", limits=LIMITS), site.world.order_terminate(data)]
    remote.down = True
    ended = site.agent("-m", "order_process", "--once")
    left = [order.state for order in orders]
    remote.down = False
    site.agent("-m", "order_process", "--once")

    assert (ended.code, left) == (1, ["executing", "executing"])
    assert [order.state for order in orders] == ["done", "done"]
    assert rancher.names() == {"waldur-more"}


def test_an_outage_of_rancher_is_not_taken_for_a_lost_project(
    site: AgentSite, data: Resource, ada: User, remote: Remote, keycloak: Keycloak
) -> None:
    site.world.revoke(ada, site.project)
    remote.down = True
    for mode in ("membership_sync", "report"):
        ended = site.agent("-m", mode, "--once")
        assert ended.code == 1
        assert "resource.missing" not in ended.out

    assert (data.state, site.used(data)) == ("OK", {})
    assert keycloak.members(TEAM) == {"ada"}


def test_who_comes_while_keycloak_is_out_of_order_is_added_later(
    site: AgentSite, data: Resource, identities: Remote, keycloak: Keycloak
) -> None:
    site.world.set_username(site.member("bob"), site.offering, "bob")
    identities.down = True
    site.agent("-m", "membership_sync", "--once")
    meanwhile = keycloak.members(TEAM)
    identities.down = False
    ended = site.agent("-m", "membership_sync", "--once")

    assert (ended.code, data.state) == (0, "OK"), ended.out
    assert meanwhile == {"ada"}
    assert keycloak.members(TEAM) == {"ada", "bob"}


def test_teams_in_a_keycloak_since_23_stay_as_they_are(
    site: AgentSite, data: Resource, ada: User, keycloak: Keycloak
) -> None:
    """The plugin looks for groups below others in listings that do not have them any more."""
    keycloak.lists_children = False
    site.world.set_username(site.member("bob"), site.offering, "bob")
    site.world.revoke(ada, site.project)
    ended = site.agent("-m", "membership_sync", "--once")

    assert (ended.code, data.state) == (1, "OK"), ended.out
    assert '"members.failed"' in ended.out
    assert keycloak.members(TEAM) == {"ada"}
