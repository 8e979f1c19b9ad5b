"""Projects: where a customer's resources and people meet."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, TypedDict, Unpack
from uuid import UUID

from waldur_site_agent.waldur.call import Call, filters, hex_of
from waldur_site_agent.waldur.models.projects import Project, ProjectMember
from waldur_site_agent.waldur.sifting import is_of
from waldur_site_agent.waldur.wire import fields_of

if TYPE_CHECKING:
    import builtins
    from collections.abc import Mapping

    from waldur_site_agent.waldur.rest import Rest

PROJECTS = "projects/"
CUSTOMERS = "customers/"


class ProjectFields(TypedDict, total=False):
    """What is said of a project, as far as it is said; None takes away what was there."""

    description: str
    backend_id: str
    start_date: date | None
    end_date: date | None
    oecd_fos_2007_code: str | None
    is_industry: bool
    science_sub_domain: UUID | None


class ProjectChanges(ProjectFields, total=False):
    """What can be changed of a project."""

    name: str


class Projects:
    """Projects and their members. Raises ``WaldurError`` when Waldur did not do it."""

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def list(
        self, customer_uuid: UUID | str, *, backend_id: str | None = None
    ) -> builtins.list[Project]:
        """List an organisation's projects: 300 of them take one request.

        Args:
            customer_uuid: whose.
            backend_id: exactly this one only. There may be several, for Waldur does not keep
                them apart.
        """
        query = filters(
            customer=hex_of(customer_uuid), backend_id=backend_id, field=fields_of(Project)
        )
        return [
            project
            for project in self._rest.list(Call.get("projects.list", PROJECTS, query), Project)
            if is_of(project.customer_uuid, customer_uuid)
            and backend_id in (None, project.backend_id)
        ]

    def get(self, uuid: UUID | str) -> Project:
        """Read a project."""
        query = filters(field=fields_of(Project))
        return self._rest.read(Call.get("projects.get", _path(uuid), query), Project)

    def create(
        self, customer_uuid: UUID | str, name: str, **fields: Unpack[ProjectFields]
    ) -> Project:
        """Make a project.

        Not repeated after a lost answer: it may be there. Give it a ``backend_id`` of its own, and
        look for that with ``list`` before asking (again).

        Args:
            customer_uuid: whose.
            name: what people see.
            fields: what else is known of it.
        """
        customer = self._rest.address(f"{CUSTOMERS}{hex_of(customer_uuid)}/")
        body = {"customer": customer, "name": name, **_written(fields)}
        return self._rest.read(
            Call.post("projects.create", PROJECTS, body, repeatable=False), Project
        )

    def update(self, uuid: UUID | str, **changes: Unpack[ProjectChanges]) -> None:
        """Change what is given of a project, and nothing else.

        Raises:
            UnauthorizedError: the token may see the project and not change it (403).
        """
        self._rest.tell(
            Call(
                operation="projects.update",
                method="PATCH",
                path=_path(uuid),
                body=_written(changes),
                repeatable=True,
            )
        )

    def members(self, uuid: UUID | str) -> builtins.list[ProjectMember]:
        """List who holds which role in a project: a row a role, so a person may come often."""
        query = filters(field=fields_of(ProjectMember))
        call = Call.get("projects.members", f"{_path(uuid)}list_users/", query)
        return self._rest.list(call, ProjectMember)

    def add_user(
        self,
        uuid: UUID | str,
        *,
        user_uuid: UUID | str,
        role_uuid: UUID | str,
        expiration_time: datetime | None = None,
    ) -> None:
        """Give a person a role in a project, besides those that the person has there.

        Args:
            uuid: the project's.
            user_uuid: who.
            role_uuid: which; see ``roles.list``.
            expiration_time: until when, with a time zone; None for good.

        Raises:
            RefusedError: the person holds the role already (400 or 409): ``members`` tells.
        """
        body: dict[str, object] = {"user": hex_of(user_uuid), "role": hex_of(role_uuid)}
        if expiration_time is not None:
            body["expiration_time"] = expiration_time.isoformat()
        self._rest.tell(Call.post("projects.add_user", f"{_path(uuid)}add_user/", body))

    def delete_user(
        self, uuid: UUID | str, *, user_uuid: UUID | str, role_uuid: UUID | str
    ) -> None:
        """Take a role in a project away from a person, who keeps the others.

        Raises:
            RefusedError: the person does not hold the role (400, 404 or 409): ``members`` tells.
        """
        body = {"user": hex_of(user_uuid), "role": hex_of(role_uuid)}
        self._rest.tell(Call.post("projects.delete_user", f"{_path(uuid)}delete_user/", body))


def _path(uuid: UUID | str) -> str:
    return f"{PROJECTS}{hex_of(uuid)}/"


def _written(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: _text_of(value) for name, value in fields.items()}


def _text_of(value: object) -> object:
    match value:
        case UUID():
            return value.hex
        case date():
            return value.isoformat()
    return value
