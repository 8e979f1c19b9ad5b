"""Objects of the University of Tartu's namespace operator, and groups of Keycloak by role.

Members are known by their ids in Keycloak, as by default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from keycloak_api import REALM, Keycloak
from kubernetes_api import Kind, serve_version, write_kubeconfig

from waldur_site_agent_testkit.mastermind import Status
from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec
from waldur_site_agent_testkit.mastermind.state import Role

if TYPE_CHECKING:
    from waldur_site_agent_testkit.agent_site import AgentSite
    from waldur_site_agent_testkit.mastermind.state import Resource, User
    from waldur_site_agent_testkit.remote import Remote

PLUGIN = "k8s-ut-namespace"
COMPONENTS = {
    name: ComponentSpec(measured_unit=unit, billing_type="limit")
    for name, unit in {"cpu": "core", "ram": "GB", "storage": "GB"}.items()
}
LIMITS = {"cpu": 2, "ram": 4, "storage": 10}
GROUPS = {"ns_data_admin", "ns_data_readwrite", "ns_data_readonly"}


def allows(limits: dict[str, int]) -> dict[str, str]:
    """Tell the quota that the plugin makes of limits."""
    cpu, ram, storage = (limits[name] for name in ("cpu", "ram", "storage"))
    return {"cpu": f"{cpu}", "memory": f"{ram}Gi", "storage": f"{storage}Gi"}


@pytest.fixture
def namespaces(remote: Remote) -> Kind:
    serve_version(remote)
    return Kind(remote, "/apis/provisioning.hpc.ut.ee/v1", "managednamespaces")


@pytest.fixture
def keycloak(identities: Remote) -> Keycloak:
    keycloak = Keycloak(identities)
    for name in ("ada", "bob"):
        keycloak.add_user(name)
    return keycloak


@pytest.fixture
def ada(site: AgentSite, keycloak: Keycloak) -> User:
    """The project's manager, with a name that Keycloak has, too."""
    ada = site.world.add_user("ada")
    site.world.grant(ada, site.project, Role.PROJECT_MANAGER)
    assert "ada" in keycloak.users.values()
    site.world.set_username(ada, site.offering, "id-of-ada")
    return ada


@pytest.fixture
def settings(site: AgentSite, remote: Remote, identities: Remote) -> dict[str, Any]:
    """What the offering's block says."""
    return {
        "order_processing_backend": PLUGIN,
        "membership_sync_backend": PLUGIN,
        "backend_settings": {
            "kubeconfig_path": str(write_kubeconfig(site.folder / "kubeconfig", remote.url)),
            "keycloak_enabled": True,
            "keycloak": {
                "keycloak_url": f"{identities.url}/",
                "keycloak_realm": REALM,
                "keycloak_username": "agent",
                "keycloak_password": "hush",
            },
        },
    }


@pytest.fixture
def data(site: AgentSite, ada: User, settings: dict[str, Any], namespaces: Kind) -> Resource:
    """A resource of Ada's project, made by the agent."""
    assert (ada.username, namespaces.objects) == ("ada", {})
    site.configure(**settings)
    order = site.order("Data", limits=LIMITS)
    ended = site.agent("-m", "order_process", "--once")
    assert (order.state, ended.code) == ("done", 0), ended.out
    return order.resource


def quota(namespaces: Kind) -> dict[str, str]:
    """What the resource's namespace may use."""
    found: dict[str, str] = namespaces.one("waldur-data", "waldur-system")["spec"]["quota"]
    return found


def test_an_order_becomes_a_namespace_with_groups_and_changes_and_ends(
    site: AgentSite, data: Resource, namespaces: Kind, keycloak: Keycloak
) -> None:
    assert data.backend_id == "waldur-data"
    assert quota(namespaces) == allows(LIMITS)
    assert keycloak.names() == GROUPS
    assert keycloak.members("ns_data_admin") == {"ada"}

    more = {**LIMITS, "cpu": 3}
    update = site.world.order_update(data, more)
    site.agent("-m", "order_process", "--once")
    assert (update.state, quota(namespaces)) == ("done", allows(more))

    end = site.world.order_terminate(data)
    site.agent("-m", "order_process", "--once")
    assert (end.state, namespaces.objects, keycloak.names()) == ("done", {}, set())


def test_members_come_and_go(
    site: AgentSite, data: Resource, ada: User, keycloak: Keycloak
) -> None:
    site.world.set_username(site.member("bob"), site.offering, "id-of-bob")
    site.world.revoke(ada, site.project)
    ended = site.agent("-m", "membership_sync", "--once")

    assert (ended.code, data.state) == (0, "OK"), ended.out
    assert keycloak.members("ns_data_readwrite") == {"bob"}
    assert keycloak.members("ns_data_admin") == set()


@pytest.mark.parametrize(
    ("owner", "after"), [("backend", {"cpu": 0, "ram": 0, "storage": 0}), ("waldur", LIMITS)]
)
def test_a_paused_namespace_comes_back_where_waldur_owns_the_limits(  # noqa: PLR0917 - fixtures and a table
    site: AgentSite,
    data: Resource,
    settings: dict[str, Any],
    namespaces: Kind,
    owner: str,
    after: dict[str, int],
) -> None:
    """The plugin's restore does nothing, and it does not tell limits."""
    site.configure(**settings, limits_owner=owner)
    site.world.downscale(data)
    site.agent("-m", "membership_sync", "--once")
    downscaled = quota(namespaces)
    site.world.pause(data)
    site.agent("-m", "membership_sync", "--once")
    paused = quota(namespaces)
    site.world.downscale(data, downscaled=False)
    site.world.pause(data, paused=False)
    ended = site.agent("-m", "membership_sync", "--once")

    assert ended.code == 0, ended.out
    assert downscaled == allows(dict.fromkeys(LIMITS, 1))
    assert paused == allows(dict.fromkeys(LIMITS, 0))
    assert quota(namespaces) == allows(after)
    assert data.limits == LIMITS


def test_nobody_is_lost_while_the_cluster_is_out_of_order(
    site: AgentSite, data: Resource, ada: User, remote: Remote, keycloak: Keycloak
) -> None:
    site.world.revoke(ada, site.project)
    remote.down = True
    ended = site.agent("-m", "membership_sync", "--once")

    assert (ended.code, data.state) == (1, "OK")
    assert "resource.missing" not in ended.out
    assert keycloak.members("ns_data_admin") == {"ada"}


def test_orders_wait_while_the_cluster_is_out_of_order(
    site: AgentSite, data: Resource, remote: Remote, namespaces: Kind
) -> None:
    remote.down = True
    orders = [site.order("More", limits=LIMITS), site.world.order_terminate(data)]
    ended = site.agent("-m", "order_process", "--once")
    assert (ended.code, [order.state for order in orders]) == (1, ["executing", "executing"])

    remote.down = False
    site.agent("-m", "order_process", "--once")
    assert [order.state for order in orders] == ["done", "done"]
    assert namespaces.names() == {"waldur-more"}


def test_an_interrupted_creation_is_refused(
    site: AgentSite, ada: User, settings: dict[str, Any], namespaces: Kind, keycloak: Keycloak
) -> None:
    """The plugin does not know the namespace again that it made, and deletes its groups."""
    assert ada.is_active
    site.configure(**settings)
    order = site.order("Data", limits=LIMITS)
    site.world.faults.add(match="POST set_backend_id", action=Status(403))
    for _ in range(2):
        site.agent("-m", "order_process", "--once")

    assert order.state == "erred"
    assert "AlreadyExists" in order.error_message
    assert (namespaces.names(), keycloak.names()) == ({"waldur-data"}, set())
