"""Rancher's own interface (v3) and its way to a cluster's Kubernetes API, as far as plugins ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from kubernetes_api import CORE, Kind, quota_controller

from waldur_site_agent_testkit.remote import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent_testkit.remote import Asked, Remote

CLUSTER = "c-m-1234abcd"
BASIC = "Basic "
CREATED = 201
UNAUTHORIZED = Answer({"type": "error", "code": "Unauthorized"}, status=401)
MISSING = Answer({"type": "error", "code": "NotFound"}, status=404)

Row = dict[str, Any]


class Rancher:
    """One cluster: its projects, their namespaces and quotas, and who may work in them.

    Attributes:
        projects: by id.
        namespaces: by name.
        bindings: roles of groups in projects, by id.
        quotas: ResourceQuota objects of the cluster.
    """

    def __init__(self, remote: Remote) -> None:
        self.projects: dict[str, Row] = {}
        self.namespaces: dict[str, Row] = {}
        self.bindings: dict[str, Row] = {}
        cluster = f"/v3/clusters/{CLUSTER}"
        for method, path, handler in (
            ("POST", "/v3", lambda _: Answer({"type": "apiRoot"})),
            ("GET", cluster, lambda _: Answer({"id": CLUSTER, "state": "active"})),
            ("POST", cluster, self.import_yaml),
            ("GET", "/v3/projects", self.list_projects),
            ("POST", "/v3/projects", self.create_project),
            ("GET", "/v3/projects/{id}", self.read_project),
            ("DELETE", "/v3/projects/{id}", self.delete_project),
            ("GET", "/v3/projects/{id}/projectroletemplatebindings", self.bindings_of),
            ("GET", "/v3/projectroletemplatebindings", self.find_bindings),
            ("POST", "/v3/projectroletemplatebindings", self.bind),
            ("GET", f"{cluster}/namespaces", self.list_namespaces),
            ("POST", f"{cluster}/namespaces", self.create_namespace),
        ):
            remote.route(method, path)(_known(handler))
        kubernetes = f"/k8s/clusters/{CLUSTER}{CORE}"
        self.quotas = Kind(remote, kubernetes, "resourcequotas", controller=quota_controller)

    def names(self) -> set[str]:
        """Names of the projects."""
        return {one["name"] for one in self.projects.values()}

    def import_yaml(self, asked: Asked) -> Answer:
        """Apply one object, as ``kubectl apply`` does."""
        assert asked.one("action") == "importYaml"
        body: Any = asked.json()
        applied: Any = yaml.safe_load(body["yaml"])
        assert applied["kind"] == "ResourceQuota"
        metadata = applied["metadata"]
        self.quotas.keep((metadata["namespace"], metadata["name"]), applied)
        return Answer({"outputMessage": "applied"})

    def list_projects(self, asked: Asked) -> Answer:
        assert asked.one("clusterId") == CLUSTER
        return Answer({"data": [*self.projects.values()]})

    def create_project(self, asked: Asked) -> Answer:
        body: Any = asked.json()
        number = f"{CLUSTER}:p-{len(self.projects) + 1}"
        self.projects[number] = {**body, "id": number, "state": "active"}
        return Answer(self.projects[number], status=CREATED)

    def read_project(self, asked: Asked) -> Answer:
        project = self.projects.get(asked.parts["id"])
        return Answer(project) if project else MISSING

    def delete_project(self, asked: Asked) -> Answer:
        """Delete it with its bindings; namespaces outlive it."""
        number = asked.parts["id"]
        if number not in self.projects:
            return MISSING
        bindings = self.bindings.items()
        self.bindings = {id_: one for id_, one in bindings if one["projectId"] != number}
        return Answer(self.projects.pop(number))

    def bindings_of(self, asked: Asked) -> Answer:
        found = [one for one in self.bindings.values() if one["projectId"] == asked.parts["id"]]
        return Answer({"data": found})

    def find_bindings(self, asked: Asked) -> Answer:
        wanted = {name: values[0] for name, values in asked.query.items()}
        found = [one for one in self.bindings.values() if wanted.items() <= one.items()]
        return Answer({"data": found})

    def bind(self, asked: Asked) -> Answer:
        body: Any = asked.json()
        number = f"{body['projectId'].replace(':', '-')}:prtb-{len(self.bindings) + 1}"
        self.bindings[number] = {**body, "id": number}
        return Answer(self.bindings[number], status=CREATED)

    def list_namespaces(self, asked: Asked) -> Answer:
        project = asked.one("projectId")
        found = [one for one in self.namespaces.values() if one["projectId"] == project]
        return Answer({"data": found})

    def create_namespace(self, asked: Asked) -> Answer:
        body: Any = asked.json()
        if body["name"] in self.namespaces:
            return Answer({"type": "error", "code": "AlreadyExists"}, status=409)
        self.namespaces[body["name"]] = {**body, "id": body["name"]}
        return Answer(self.namespaces[body["name"]], status=CREATED)


def _known(handler: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
    """Answer only to who shows a key."""

    def answer(asked: Asked) -> Answer:
        known = asked.headers.get("authorization", "").startswith(BASIC)
        return handler(asked) if known else UNAUTHORIZED

    return answer
