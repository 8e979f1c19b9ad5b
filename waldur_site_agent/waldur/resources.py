"""Resources, as their provider sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import Call, filters, hex_of
from waldur_site_agent.waldur.models.resources import Resource, TeamMember
from waldur_site_agent.waldur.sifting import is_of, is_one_of, is_since
from waldur_site_agent.waldur.wire import fields_of

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from waldur_site_agent.waldur.rest import Rest

RESOURCES = "marketplace-provider-resources/"


class Resources:
    """What projects have. Every operation raises ``WaldurError`` when Waldur did not do it."""

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def list(
        self,
        offering_uuid: UUID | str,
        states: Iterable[str],
        *,
        project_uuid: UUID | str | None = None,
        backend_id: str | None = None,
        modified_after: datetime | None = None,
    ) -> builtins.list[Resource]:
        """List an offering's resources in some states.

        Args:
            offering_uuid: whose resources.
            states: of ``ResourceState``; none stand for all.
            project_uuid: of this project only.
            backend_id: known to the backend under this name only.
            modified_after: with a time zone; those that changed at this moment or later.
        """
        wanted = tuple(states)
        query = filters(
            offering_uuid=hex_of(offering_uuid),
            state=wanted,
            project_uuid=hex_of(project_uuid) if project_uuid else None,
            backend_id=backend_id,
            modified=modified_after,
            field=fields_of(Resource),
        )
        return [
            resource
            for resource in self._rest.list(Call.get("resources.list", RESOURCES, query), Resource)
            if is_of(resource.offering_uuid, offering_uuid)
            and is_of(resource.project_uuid, project_uuid)
            and is_one_of(resource.state, wanted)
            and (backend_id is None or resource.backend_id == backend_id)
            and is_since(resource.modified, modified_after)
        ]

    def list_in_project(
        self, project_uuid: UUID | str, states: Iterable[str]
    ) -> builtins.list[Resource]:
        """List a project's resources in some states, at any offering that the token may see."""
        wanted = tuple(states)
        query = filters(project_uuid=hex_of(project_uuid), state=wanted, field=fields_of(Resource))
        call = Call.get("resources.list_in_project", RESOURCES, query)
        return [
            resource
            for resource in self._rest.list(call, Resource)
            if is_of(resource.project_uuid, project_uuid) and is_one_of(resource.state, wanted)
        ]

    def get(self, uuid: UUID | str) -> Resource:
        """Read a resource."""
        query = filters(field=fields_of(Resource))
        return self._rest.read(Call.get("resources.get", _path(uuid), query), Resource)

    def team(
        self, uuid: UUID | str, *, has_consent: bool | None = None
    ) -> builtins.list[TeamMember]:
        """List the people of the resource's project, each once.

        Args:
            uuid: the resource's.
            has_consent: True leaves out those who have not agreed to the offering's terms.
        """
        query = filters(has_consent=has_consent)
        return self._rest.list(Call.get("resources.team", f"{_path(uuid)}team/", query), TeamMember)

    def set_backend_id(self, uuid: UUID | str, backend_id: str) -> None:
        """Write under which name the backend knows the resource."""
        self._act(uuid, "set_backend_id", {"backend_id": backend_id})

    def set_effective_id(self, uuid: UUID | str, effective_id: str) -> None:
        """Write under which name the far side of a federation knows the resource."""
        self._act(uuid, "set_effective_id", {"effective_id": effective_id})

    def set_end_date(self, uuid: UUID | str, end_date: date | None) -> None:
        """Say for the provider on which day the resource ends; None for never."""
        body = {"end_date": end_date.isoformat() if end_date else None}
        self._act(uuid, "set_end_date", body)

    def set_limits(self, uuid: UUID | str, limits: Mapping[str, int | float]) -> None:
        """Write the limits: component type → amount in Waldur units."""
        self._act(uuid, "set_limits", {"limits": dict(limits)})

    def set_backend_metadata(self, uuid: UUID | str, metadata: Mapping[str, object]) -> None:
        """Replace what the backend tells about the resource, all of it."""
        self._act(uuid, "set_backend_metadata", {"backend_metadata": dict(metadata)})

    def set_endpoints(self, uuid: UUID | str, endpoints: Sequence[Mapping[str, str]]) -> None:
        """Replace the addresses of the resource, each a mapping of ``name`` and ``url``."""
        self._act(uuid, "set_endpoints", {"endpoints": [dict(one) for one in endpoints]})

    def set_as_ok(self, uuid: UUID | str) -> None:
        """Take an erred resource for sound again."""
        self._act(uuid, "set_as_ok")

    def set_as_erred(self, uuid: UUID | str, message: str, traceback: str = "") -> None:
        """Mark a resource as failed, with words for the people who have it."""
        self._act(uuid, "set_as_erred", {"error_message": message, "error_traceback": traceback})

    def refresh_last_sync(self, uuid: UUID | str) -> None:
        """Say that the resource was looked after just now."""
        self._act(uuid, "refresh_last_sync")

    def set_membership_sync_statuses(
        self, uuid: UUID | str, statuses: Sequence[Mapping[str, object]]
    ) -> None:
        """Report how far each grant of access has got.

        Args:
            uuid: the resource's.
            statuses: mappings of ``username``, ``scope_type`` (``resource`` or
                ``resource_project``), ``role_name``, ``state`` (of ``MembershipSyncState``) and,
                where they apply, ``resource_project_uuid`` and ``message``.
        """
        body = {"statuses": [dict(status) for status in statuses]}
        self._act(uuid, "set_membership_sync_statuses", body)

    def _act(self, uuid: UUID | str, action: str, body: Mapping[str, object] | None = None) -> None:
        self._rest.tell(Call.post(f"resources.{action}", f"{_path(uuid)}{action}/", body))


def _path(uuid: UUID | str) -> str:
    return f"{RESOURCES}{hex_of(uuid)}/"
