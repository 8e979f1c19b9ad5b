"""OKD: a project of OpenShift for each resource, its quota, and a role binding for each member."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from kubernetes_api import CORE, RBAC, Kind, quota_controller

from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec
from waldur_site_agent_testkit.remote import Answer, Remote

if TYPE_CHECKING:
    from waldur_site_agent_testkit.agent_site import AgentSite
    from waldur_site_agent_testkit.mastermind.state import Resource, User

PLUGIN = "okd"
COMPONENTS = {
    name: ComponentSpec(measured_unit=unit, billing_type="limit")
    for name, unit in {"cpu": "core", "memory": "GB", "storage": "GB", "pods": "pod"}.items()
}
LIMITS = {"cpu": 2, "memory": 4, "storage": 10, "pods": 5}
PROJECTS = "/apis/project.openshift.io/v1"


class OpenShift:
    """Projects, their quotas and their role bindings."""

    def __init__(self, remote: Remote) -> None:
        remote.route("GET", CORE)(lambda _: Answer({"kind": "APIResourceList", "resources": []}))
        self.projects = Kind(remote, PROJECTS, "projects", namespaced=False)
        remote.route("POST", f"{PROJECTS}/projectrequests")(self.projects.create)
        self.quotas = Kind(remote, CORE, "resourcequotas", controller=quota_controller)
        self.bindings = Kind(remote, RBAC, "rolebindings")

    @property
    def hard(self) -> dict[str, str]:
        """What the quota of the resource's project allows."""
        hard: dict[str, str] = self.quotas.one("waldur-quota", "data")["spec"]["hard"]
        return hard

    @property
    def roles(self) -> dict[str, str]:
        """Who has which role."""
        return {
            one["subjects"][0]["name"]: one["roleRef"]["name"]
            for one in self.bindings.objects.values()
        }


def allows(limits: dict[str, int]) -> dict[str, str]:
    """Tell the quota that the plugin makes of limits: twice as much may be burst to."""
    cpu, memory = limits["cpu"], limits["memory"]
    return {
        "requests.cpu": f"{cpu}",
        "limits.cpu": f"{2 * cpu}",
        "requests.memory": f"{memory}Gi",
        "limits.memory": f"{2 * memory}Gi",
        "requests.storage": f"{limits['storage']}Gi",
        "pods": f"{limits['pods']}",
    }


@pytest.fixture
def openshift(remote: Remote) -> OpenShift:
    return OpenShift(remote)


@pytest.fixture
def ada(site: AgentSite) -> User:
    """Somebody on the team, with a name."""
    ada = site.member("ada")
    site.world.set_username(ada, site.offering, "ada")
    return ada


@pytest.fixture
def okd_site(site: AgentSite, ada: User, remote: Remote, openshift: OpenShift) -> AgentSite:
    """The site with its settings.

    The token is read from a file: one in the settings is thrown away for good when the text of any
    error holds 401 or 403, which may be in the name of a project, or in the address's port.
    """
    assert ada.username not in openshift.roles
    token = site.folder / "token"
    token.write_text("hush")
    site.configure(
        order_processing_backend=PLUGIN,
        membership_sync_backend=PLUGIN,
        reporting_backend=PLUGIN,
        backend_settings={
            "api_url": remote.url,
            "token_config": {"token_type": "file", "token_file_path": str(token)},
            "default_account": "edit",
        },
    )
    return site


@pytest.fixture
def data(okd_site: AgentSite, openshift: OpenShift) -> Resource:
    """A resource that the agent made some time ago, and Ada on it."""
    openshift.projects.keep(("", "data"), {"metadata": {"annotations": {}}})
    openshift.quotas.keep(
        ("data", "waldur-quota"), {"metadata": {}, "spec": {"hard": allows(LIMITS)}}
    )
    subject = {"kind": "User", "name": "ada"}
    binding = {"metadata": {}, "roleRef": {"name": "edit"}, "subjects": [subject]}
    openshift.bindings.keep(("data", "waldur-ada"), binding)
    site = okd_site
    return site.world.add_resource(
        site.project, site.offering, "Data", backend_id="data", limits=LIMITS
    )


def test_an_order_becomes_a_project_with_its_members(
    okd_site: AgentSite, openshift: OpenShift
) -> None:
    site = okd_site
    order = site.order("Data", limits=LIMITS)
    ended = site.agent("-m", "order_process", "--once")

    assert (order.state, order.resource.backend_id, ended.code) == ("done", "data", 0), ended.out
    assert openshift.projects.names() == {"data"}
    assert openshift.roles == {"ada": "edit"}
    # The plugin leaves the quota to the first pass over members, or to the first update.
    assert not openshift.quotas.objects

    ended = site.agent("-m", "membership_sync", "--once")

    assert ended.code == 0, ended.out
    assert openshift.hard == allows(LIMITS)
    assert order.resource.limits == LIMITS


def test_an_update_sets_the_quota(site: AgentSite, data: Resource, openshift: OpenShift) -> None:
    order = site.world.order_update(data, {**LIMITS, "cpu": 3})
    site.agent("-m", "order_process", "--once")

    assert order.state == "done"
    assert openshift.hard == allows({**LIMITS, "cpu": 3})


def test_members_come_and_go(
    site: AgentSite, data: Resource, ada: User, openshift: OpenShift
) -> None:
    site.world.set_username(site.member("bob"), site.offering, "bob")
    site.world.revoke(ada, site.project)
    ended = site.agent("-m", "membership_sync", "--once")

    assert (ended.code, data.state) == (0, "OK"), ended.out
    assert openshift.roles == {"bob": "edit"}


def test_a_pause_is_a_quota_of_nothing_and_ends_with_what_was_ordered(
    site: AgentSite, data: Resource, openshift: OpenShift
) -> None:
    site.world.pause(data)
    site.agent("-m", "membership_sync", "--once")
    paused = openshift.hard
    site.world.pause(data, paused=False)
    site.world.downscale(data)
    site.agent("-m", "membership_sync", "--once")
    downscaled = openshift.hard
    site.world.downscale(data, downscaled=False)
    site.agent("-m", "membership_sync", "--once")

    assert set(paused.values()) == {"0", "0Gi"}
    assert downscaled == allows(dict.fromkeys(LIMITS, 1))
    assert openshift.hard == allows(LIMITS)
    assert data.limits == LIMITS


def test_what_the_quota_says_is_used_is_reported(
    site: AgentSite, data: Resource, openshift: OpenShift
) -> None:
    openshift.quotas.one("waldur-quota", "data")["status"]["used"] |= {
        "requests.cpu": "500m",
        "requests.memory": "1Gi",
        "requests.storage": "2Gi",
        "pods": "1",
    }
    ended = site.agent("-m", "report", "--once")

    assert ended.code == 0, ended.out
    assert {name: float(used) for name, used in site.used(data).items()} == {
        "cpu": 0.5,
        "memory": 1,
        "storage": 2,
        "pods": 1,
    }


def test_an_outage_is_not_taken_for_a_lost_project(
    site: AgentSite, data: Resource, ada: User, remote: Remote, openshift: OpenShift
) -> None:
    site.world.revoke(ada, site.project)
    remote.down = True
    for mode in ("membership_sync", "report"):
        ended = site.agent("-m", mode, "--once")
        assert ended.code == 1
        assert "resource.missing" not in ended.out

    assert data.state == "OK"
    assert not site.used(data)
    assert openshift.roles == {"ada": "edit"}


def test_orders_wait_while_the_cluster_is_out_of_order(
    site: AgentSite, data: Resource, remote: Remote, openshift: OpenShift
) -> None:
    orders = [site.order("Lab-401", limits=LIMITS), site.world.order_terminate(data)]
    remote.down = True
    ended = site.agent("-m", "order_process", "--once")
    left = [order.state for order in orders]
    remote.down = False
    site.agent("-m", "order_process", "--once")

    assert (ended.code, left) == (1, ["pending-provider", "executing"])
    assert [order.state for order in orders] == ["done", "done"]
    assert openshift.projects.names() == {"lab-401"}
