"""A backend that lives in memory, with 1.x names and signatures only."""

# ruff: noqa: ARG002 - a fake keeps the parameters of the contract

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from waldur_site_agent.backend.backends import BaseBackend
from waldur_site_agent.backend.clients import BaseClient
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.structures import Association, ClientResource

if TYPE_CHECKING:
    from collections.abc import Callable

COMPONENTS = {
    "cpu": {"unit_factor": 60000, "accounting_type": "limit", "label": "CPU"},
    "mem": {"unit_factor": 61440, "accounting_type": "limit", "label": "Memory"},
}


@dataclass
class MemoryClient(BaseClient):
    """Accounts in a dictionary; ``down`` makes every call fail."""

    resources: dict[str, ClientResource] = field(default_factory=dict)
    limits: dict[str, dict[str, int]] = field(default_factory=dict)
    users: dict[str, list[str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    refused: frozenset[str] = frozenset()
    down: bool = False

    def _called(self, operation: str) -> None:
        self.calls.append(operation)
        if self.down:
            raise BackendError("connection refused")

    def list_resources(self) -> list[ClientResource]:
        self._called("list_resources")
        return list(self.resources.values())

    def get_resource(self, resource_id: str) -> ClientResource | None:
        self._called("get_resource")
        return self.resources.get(resource_id)

    def create_resource(
        self, name: str, description: str, organization: str, parent_name: str | None = None
    ) -> str:
        self._called("create_resource")
        self.resources[name] = ClientResource(name, description, organization)
        return ""

    def delete_resource(self, name: str) -> str:
        self._called("delete_resource")
        if name in self.refused:
            raise BackendError(f"{name} has children")
        del self.resources[name]
        return ""

    def set_resource_limits(self, resource_id: str, limits_dict: dict[str, int]) -> str | None:
        self._called("set_resource_limits")
        self.limits[resource_id] = limits_dict
        return None

    def get_resource_limits(self, resource_id: str) -> dict[str, int]:
        self._called("get_resource_limits")
        return self.limits.get(resource_id, {})

    def get_association(self, user: str, resource_id: str) -> Association | None:
        self._called("get_association")
        there = user in self.users.get(resource_id, [])
        return Association(resource_id, user, 1) if there else None

    def create_association(
        self, username: str, resource_id: str, default_account: str | None = None
    ) -> str:
        self._called(f"create_association default={default_account}")
        if username in self.refused:
            raise BackendError("no such user, password=hunter2")
        self.users.setdefault(resource_id, []).append(username)
        return ""

    def delete_association(self, username: str, resource_id: str) -> str:
        self._called("delete_association")
        if username in self.refused:
            raise BackendError("busy")
        self.users[resource_id].remove(username)
        return ""

    def list_resource_users(self, resource_id: str) -> list[str]:
        self._called("list_resource_users")
        return list(self.users.get(resource_id, []))


class OldPlugin(BaseBackend):
    """What a plugin for the 1.x agent looks like."""

    def __init__(
        self, backend_settings: dict[str, Any], backend_components: dict[str, Any]
    ) -> None:
        super().__init__(backend_settings, backend_components)
        self.backend_type = "memory"
        self.client = MemoryClient()
        self.answers = True
        self.events: list[str] = []

    def ping(self, raise_exception: bool = False) -> bool:
        self.events.append("ping")
        return self.answers

    def diagnostics(self) -> bool:
        return True

    def list_components(self) -> list[str]:
        return list(self.backend_components)

    def _get_usage_report(self, resource_backend_ids: list[str]) -> dict[str, Any]:
        self.events.append("usage")
        return {
            i: {"TOTAL_ACCOUNT_USAGE": {"cpu": 1.5}}
            for i in resource_backend_ids
            if "idle" not in i
        }

    def _collect_resource_limits(
        self, waldur_resource: Any
    ) -> tuple[dict[str, int], dict[str, int]]:
        ordered = waldur_resource.limits
        return {
            name: v * self.backend_components[name]["unit_factor"] for name, v in ordered.items()
        }, dict(ordered)

    def _pre_create_resource(self, waldur_resource: Any, user_context: Any = None) -> None:
        self.events.append("pre_create")
        project = self._get_project_backend_id(waldur_resource.project_slug)
        if project and not self.client.get_resource(project):
            self.client.create_resource(project, "a project", project)

    def post_create_resource(
        self, resource: Any, waldur_resource: Any, user_context: Any = None
    ) -> None:
        self.events.append("post_create")
        resource.backend_metadata = {"seen": user_context is not None}

    def post_delete_resource(self, waldur_resource: Any) -> None:
        self.events.append("post_delete")

    def downscale_resource(self, resource_backend_id: str) -> bool:
        return True

    def pause_resource(self, resource_backend_id: str) -> bool:
        return True

    def restore_resource(self, resource_backend_id: str) -> bool:
        return True

    def get_resource_metadata(self, resource_backend_id: str) -> dict[str, Any]:
        return {}


@pytest.fixture
def plugin_class() -> type[OldPlugin]:
    return OldPlugin


@pytest.fixture
def make_plugin() -> Callable[..., OldPlugin]:
    def make(cls: type[OldPlugin] = OldPlugin, **settings: Any) -> OldPlugin:
        defaults = {"allocation_prefix": "A_", "project_prefix": "P_", "customer_prefix": "C_"}
        return cls({**defaults, **settings}, {k: dict(v) for k, v in COMPONENTS.items()})

    return make


@pytest.fixture
def plugin(make_plugin: Callable[..., OldPlugin]) -> OldPlugin:
    return make_plugin()


@pytest.fixture
def make_resource() -> Callable[..., SimpleNamespace]:
    def make(backend_id: str = "a_one", **changed: Any) -> SimpleNamespace:
        values = {
            "uuid": uuid4(),
            "name": "One",
            "slug": "One",
            "backend_id": backend_id,
            "limits": {"cpu": 2, "mem": 3},
            "project_slug": "Proj",
        }
        return SimpleNamespace(**{**values, **changed})

    return make
