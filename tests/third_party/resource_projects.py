"""The part of Waldur that tells of projects inside of a resource, and of who is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from waldur_site_agent_testkit.remote import Answer

if TYPE_CHECKING:
    from waldur_site_agent_testkit.mastermind.state import Resource, User
    from waldur_site_agent_testkit.remote import Asked, Remote

CREATED = "2026-11-01T10:00:00Z"
MISSING = Answer({"detail": "Not found."}, status=404)


class ResourceProjects:
    """Projects by UUID, with what Waldur shows of them, and their users' roles."""

    def __init__(self, remote: Remote) -> None:
        self.projects: dict[UUID, dict[str, Any]] = {}
        self.roles: dict[UUID, list[dict[str, Any]]] = {}
        listed = "/api/marketplace-provider-resource-projects/"
        remote.route("GET", listed)(self.list)
        remote.route("GET", f"{listed}{{uuid}}/list_users/")(self.list_users)
        remote.route("POST", f"{listed}{{uuid}}/set_state_ok/")(self.set_ok)
        remote.route("POST", f"{listed}{{uuid}}/set_state_erred/")(self.set_erred)
        remote.route("POST", f"{listed}{{uuid}}/set_backend_id/")(self.set_backend_id)

    def add(self, resource: Resource, name: str) -> UUID:
        """Add a project to a resource; answer with its UUID."""
        uuid = uuid4()
        nothing = ("removed_date", "removed_by", "removed_by_username", "created_by_username")
        self.projects[uuid] = {
            "uuid": uuid.hex,
            "resource": resource.uuid,
            "resource_uuid": resource.uuid,
            "resource_name": resource.name,
            "name": name,
            "description": "",
            "backend_id": "",
            "state": "Creating",
            "error_message": "",
            "limits": {},
            "current_usages": {},
            "created": CREATED,
            "modified": CREATED,
            "is_removed": False,
            "termination_metadata": None,
            **dict.fromkeys(nothing),
        }
        self.roles[uuid] = []
        return uuid

    def remove(self, project: UUID) -> None:
        del self.projects[project], self.roles[project]

    def grant(self, user: User, project: UUID, role: str) -> None:
        self.roles[project].append(
            {
                "uuid": uuid4().hex,
                "created": CREATED,
                "role_name": role,
                "user_uuid": user.uuid,
                "user_username": user.username,
                "expiration_time": None,
            }
        )

    def revoke(self, user: User, project: UUID) -> None:
        """Take all roles in the project away."""
        self.roles[project] = [r for r in self.roles[project] if r["user_uuid"] != user.uuid]

    def list(self, asked: Asked) -> Answer:
        resource = UUID(asked.one("resource_uuid")).hex
        found = [one for one in self.projects.values() if one["resource_uuid"] == resource]
        return Answer(found, headers={"X-Result-Count": str(len(found))})

    def list_users(self, asked: Asked) -> Answer:
        return Answer(self.roles[UUID(asked.parts["uuid"])])

    def set_ok(self, asked: Asked) -> Answer:
        return self._change(asked, state="OK", error_message="")

    def set_erred(self, asked: Asked) -> Answer:
        body: Any = asked.json()
        return self._change(asked, state="Erred", error_message=body.get("error_message", ""))

    def set_backend_id(self, asked: Asked) -> Answer:
        body: Any = asked.json()
        return self._change(asked, backend_id=body["backend_id"])

    def _change(self, asked: Asked, **fields: str) -> Answer:
        project = self.projects.get(UUID(asked.parts["uuid"]))
        if project is None:
            return MISSING
        project.update(fields)
        return Answer({"status": "done"})
