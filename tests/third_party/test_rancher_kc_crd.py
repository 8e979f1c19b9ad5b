"""Rancher and Keycloak by an operator: objects in Kubernetes that say who belongs to which project.

The plugin has no orders and no usage. It reads the projects inside of a resource, and who is in
them, from Waldur by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from kubernetes_api import Kind, serve_version, write_kubeconfig
from resource_projects import ResourceProjects

if TYPE_CHECKING:
    from waldur_site_agent_testkit.agent_site import AgentSite
    from waldur_site_agent_testkit.mastermind.state import Resource, User
    from waldur_site_agent_testkit.remote import Remote

PLUGIN = "rancher-kc-crd"
COMPONENTS: dict[str, Any] = {}
PLUGIN_OPTIONS = {"enable_membership_sync_status": True}
CLUSTER = "c-m-1234abcd"
IN_KEYCLOAK = {"ada"}


def operator(project: dict[str, Any]) -> None:
    """Do what the operator does, and tell it in the object's status."""
    bindings = [
        {
            "groupName": one["groupName"],
            "syncedMembers": [
                member["userIdentifier"]
                for member in one["members"]
                if member["userIdentifier"] in IN_KEYCLOAK
            ],
        }
        for one in project["spec"]["keycloak"]["roleBindings"]
    ]
    ready = {"type": "RancherProjectReady", "status": "True"}
    project["status"] = {
        "phase": "Ready",
        "rancherProjectId": f"{CLUSTER}:p-1",
        "keycloakRoleBindings": bindings,
        "conditions": [ready],
    }


@pytest.fixture
def managed(remote: Remote) -> Kind:
    serve_version(remote)
    return Kind(remote, "/apis/waldur.io/v1alpha1", "managedrancherprojects", controller=operator)


@pytest.fixture
def projects(identities: Remote) -> ResourceProjects:
    """What Waldur tells this plugin; it asks on its own account."""
    return ResourceProjects(identities)


@pytest.fixture
def ada(site: AgentSite) -> User:
    return site.member("ada")


@pytest.fixture
def cluster(site: AgentSite, remote: Remote, identities: Remote, managed: Kind) -> Resource:
    """A resource: a cluster that is there."""
    assert not managed.objects
    site.configure(
        membership_sync_backend=PLUGIN,
        backend_settings={
            "kubeconfig_path": str(write_kubeconfig(site.folder / "kubeconfig", remote.url)),
            "namespace": "waldur-system",
            "waldur_api_url": f"{identities.url}/api/",
            "waldur_api_token": "hush",
            "role_map": {"project_member": "project-member"},
        },
    )
    return site.world.add_resource(site.project, site.offering, "Data", backend_id=CLUSTER)


def members(managed: Kind) -> dict[str, list[tuple[str, list[str]]]]:
    """Who has which role of Rancher in which project."""
    return {
        one["spec"]["projectName"]: [
            (binding["rancherRole"], [who["userIdentifier"] for who in binding["members"]])
            for binding in one["spec"]["keycloak"]["roleBindings"]
        ]
        for one in managed.objects.values()
    }


def test_projects_and_their_members_follow_waldur(
    site: AgentSite, cluster: Resource, ada: User, managed: Kind, projects: ResourceProjects
) -> None:
    genomics, other = projects.add(cluster, "Genomics"), projects.add(cluster, "Other")
    projects.grant(ada, genomics, "project_member")
    projects.grant(ada, other, "a_role_that_is_not_mapped")
    projects.grant(site.member("bob"), genomics, "project_member")
    ended = site.agent("-m", "membership_sync", "--once")

    assert (ended.code, cluster.state) == (0, "OK"), ended.out
    assert members(managed) == {"Genomics": [("project-member", ["ada", "bob"])], "Other": []}
    told = {(row.username, row.role_name): row.state for row in cluster.member_statuses}
    assert told == {
        ("ada", "project_member"): "synced",
        ("bob", "project_member"): "missing_in_idp",
    }
    assert {one["state"] for one in projects.projects.values()} == {"OK"}

    projects.revoke(ada, genomics)
    projects.remove(other)
    ended = site.agent("-m", "membership_sync", "--once")

    assert ended.code == 0, ended.out
    assert members(managed) == {"Genomics": [("project-member", ["bob"])]}


def test_trying_out_writes_nothing(
    site: AgentSite, cluster: Resource, managed: Kind, projects: ResourceProjects
) -> None:
    """The plugin writes while it is read, so it is not read."""
    projects.add(cluster, "Genomics")
    planned = site.agent("-m", "membership_sync", "--dry-run")
    words = ("plugins", "check", PLUGIN, "-c", str(site.config_file))
    tried = site.run("waldur_site_agent", *words)

    assert planned.code == 0, planned.out
    assert "a dry run does not read it" in planned.out
    assert "skipped resources of Waldur" in tried.out
    assert not managed.objects


@pytest.mark.parametrize("silent", ["kubernetes", "waldur"])
def test_nothing_is_removed_while_one_side_is_out_of_order(  # noqa: PLR0917 - fixtures
    site: AgentSite,
    cluster: Resource,
    ada: User,
    remote: Remote,
    identities: Remote,
    managed: Kind,
    projects: ResourceProjects,
    silent: str,
) -> None:
    genomics = projects.add(cluster, "Genomics")
    projects.grant(ada, genomics, "project_member")
    site.agent("-m", "membership_sync", "--once")
    projects.remove(genomics)
    (remote if silent == "kubernetes" else identities).down = True
    ended = site.agent("-m", "membership_sync", "--once")

    assert (ended.code, cluster.state) == (1, "OK"), ended.out
    assert "resource.missing" not in ended.out
    assert members(managed) == {"Genomics": [("project-member", ["ada"])]}
