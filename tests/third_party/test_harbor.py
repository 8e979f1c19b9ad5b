"""Harbor: a project with a quota for each resource, and a group of the identity provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec
from waldur_site_agent_testkit.remote import Answer, Asked, Remote

if TYPE_CHECKING:
    from waldur_site_agent_testkit.agent_site import AgentSite
    from waldur_site_agent_testkit.mastermind.state import Resource

PLUGIN = "harbor"
COMPONENTS = {"storage": ComponentSpec(measured_unit="GB", billing_type="limit")}
GB = 1024**3


class Harbor:
    """As much of Harbor's API (v2.0) as the plugin asks for, strict and with a state."""

    def __init__(self, remote: Remote) -> None:
        self.projects: dict[str, dict[str, Any]] = {}
        self.groups: list[dict[str, Any]] = []
        api = "/api/v2.0"
        remote.route("GET", f"{api}/health")(lambda _: Answer({"status": "healthy"}))
        remote.route("GET", f"{api}/projects")(self.find)
        remote.route("POST", f"{api}/projects")(self.create)
        remote.route("DELETE", f"{api}/projects/{{id}}")(self.delete)
        remote.route("GET", f"{api}/quotas")(self.quotas)
        remote.route("PUT", f"{api}/quotas/{{id}}")(self.set_quota)
        remote.route("GET", f"{api}/usergroups/search")(self.find_groups)
        remote.route("POST", f"{api}/usergroups")(self.create_group)
        remote.route("GET", f"{api}/projects/{{id}}/repositories")(lambda _: Answer([]))
        remote.route("GET", f"{api}/projects/{{id}}/summary")(self.summary)

    def quota(self, project: str) -> int:
        """In GB."""
        return self.projects[project]["hard"] // GB

    def find(self, asked: Asked) -> Answer:
        return Answer(
            [self.shown(one) for name, one in self.projects.items() if asked.one("name") in name]
        )

    def shown(self, project: dict[str, Any]) -> dict[str, Any]:
        return {"name": project["name"], "project_id": project["id"], "repo_count": 0}

    def create(self, asked: Asked) -> Answer:
        body: Any = asked.json()
        name = body["project_name"]
        if name in self.projects:
            return Answer({"errors": [{"code": "CONFLICT"}]}, status=409)
        number = len(self.projects) + 1
        hard = body.get("storage_limit", -1)
        self.projects[name] = {"name": name, "id": number, "hard": hard, "used": 0}
        return Answer(status=201, headers={"Location": f"/api/v2.0/projects/{number}"})

    def by_id(self, number: str) -> dict[str, Any]:
        return next(one for one in self.projects.values() if str(one["id"]) == number)

    def delete(self, asked: Asked) -> Answer:
        del self.projects[self.by_id(asked.parts["id"])["name"]]
        return Answer()

    def quotas(self, asked: Asked) -> Answer:
        assert asked.one("reference") == "project"
        one = self.by_id(asked.one("reference_id"))
        amounts = {"hard": {"storage": one["hard"]}, "used": {"storage": one["used"]}}
        return Answer([{"id": one["id"], "ref": {"id": one["id"], "name": one["name"]}, **amounts}])

    def summary(self, asked: Asked) -> Answer:
        one = self.by_id(asked.parts["id"])
        quota = {"hard": {"storage": one["hard"]}, "used": {"storage": one["used"]}}
        return Answer({"repo_count": 0, "quota": quota})

    def set_quota(self, asked: Asked) -> Answer:
        body: Any = asked.json()
        self.by_id(asked.parts["id"])["hard"] = body["hard"]["storage"]
        return Answer()

    def find_groups(self, asked: Asked) -> Answer:
        return Answer([one for one in self.groups if asked.one("groupname") in one["group_name"]])

    def create_group(self, asked: Asked) -> Answer:
        body: Any = asked.json()
        self.groups.append({**body, "id": len(self.groups) + 1})
        return Answer(status=201, headers={"Location": f"/api/v2.0/usergroups/{len(self.groups)}"})


@pytest.fixture
def harbor(remote: Remote) -> Harbor:
    return Harbor(remote)


@pytest.fixture
def data(site: AgentSite, remote: Remote, harbor: Harbor) -> Resource:
    """A resource of 20 GB, made by the agent."""
    assert harbor.projects == {}
    site.configure(
        order_processing_backend=PLUGIN,
        membership_sync_backend=PLUGIN,
        reporting_backend=PLUGIN,
        backend_settings={
            "harbor_url": remote.url,
            "robot_username": "robot$agent",
            "robot_password": "hush",
            "default_storage_quota_gb": 10,
        },
    )
    order = site.order("Data", limits={"storage": 20})
    ended = site.agent("-m", "order_process", "--once")
    assert (order.state, ended.code) == ("done", 0), ended.out
    return order.resource


def test_an_order_becomes_a_project_with_a_quota_and_a_group(
    data: Resource, harbor: Harbor
) -> None:
    assert data.backend_id == "data"
    assert harbor.quota("data") == 20
    assert [group["group_name"] for group in harbor.groups] == ["waldur-example-1"]


def test_new_limits_become_the_quota(site: AgentSite, data: Resource, harbor: Harbor) -> None:
    order = site.world.order_update(data, {"storage": 30})
    site.agent("-m", "order_process", "--once")

    assert order.state == "done"
    assert harbor.quota("data") == 30


def test_a_pass_over_members_leaves_the_quota_alone(
    site: AgentSite, data: Resource, harbor: Harbor
) -> None:
    site.member("ada")
    ended = site.agent("-m", "membership_sync", "--once")

    assert ended.code == 0, ended.out
    assert harbor.quota("data") == 20
    assert data.limits == {"storage": 20}


def test_what_is_stored_is_reported(site: AgentSite, data: Resource, harbor: Harbor) -> None:
    harbor.projects["data"]["used"] = 5 * GB
    ended = site.agent("-m", "report", "--once")

    assert ended.code == 0, ended.out
    assert site.used(data) == {"storage": 5}


def test_the_end_of_a_resource_is_that_of_its_project(
    site: AgentSite, data: Resource, harbor: Harbor
) -> None:
    order = site.world.order_terminate(data)
    site.agent("-m", "order_process", "--once")

    assert order.state == "done"
    assert harbor.projects == {}


def test_an_order_waits_while_harbor_is_out_of_order(
    site: AgentSite, data: Resource, remote: Remote, harbor: Harbor
) -> None:
    order = site.world.order_terminate(data)
    remote.down = True
    ended = site.agent("-m", "order_process", "--once")

    assert ended.code == 1
    assert order.state == "executing"
    assert harbor.projects
