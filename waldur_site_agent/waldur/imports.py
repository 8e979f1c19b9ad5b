"""Requests to tell Waldur what a backend has, and what was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import Call, filters, hex_of
from waldur_site_agent.waldur.models.imports import BackendResource, ImportRequest
from waldur_site_agent.waldur.models.projects import Project
from waldur_site_agent.waldur.wire import fields_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from waldur_site_agent.waldur.rest import Rest

REQUESTS = "backend-resource-requests/"
RESOURCES = "backend-resources/"
PROJECTS = "projects/"


class Imports:
    """Resources that may be imported. Raises ``WaldurError`` when Waldur did not do it."""

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def request(self, uuid: UUID | str) -> ImportRequest:
        """Read a request."""
        return self._rest.read(Call.get("imports.request", _request(uuid)), ImportRequest)

    def start_processing(self, uuid: UUID | str) -> None:
        """Say that a request is worked on; a conflict means that it was said before."""
        self._rest.tell(Call.post("imports.start_processing", f"{_request(uuid)}start_processing/"))

    def set_done(self, uuid: UUID | str) -> None:
        """Say that all was told."""
        self._rest.tell(Call.post("imports.set_done", f"{_request(uuid)}set_done/"))

    def set_erred(self, uuid: UUID | str, message: str, traceback: str = "") -> None:
        """Say why it could not be told."""
        body = {"error_message": message, "error_traceback": traceback}
        self._rest.tell(Call.post("imports.set_erred", f"{_request(uuid)}set_erred/", body))

    def is_told(
        self, offering_uuid: UUID | str, *, project_uuid: UUID | str, backend_id: str
    ) -> bool:
        """Whether a resource was told before."""
        query = filters(
            offering_uuid=hex_of(offering_uuid),
            project_uuid=hex_of(project_uuid),
            backend_id=backend_id,
        )
        rows = self._rest.list(Call.get("imports.is_told", RESOURCES, query), BackendResource)
        return any(row.backend_id == backend_id for row in rows)

    def tell(
        self,
        offering_uuid: UUID | str,
        *,
        project_uuid: UUID | str,
        backend_id: str,
        metadata: Mapping[str, object],
    ) -> None:
        """Tell of a resource. Not repeated after a lost answer: it would be there twice."""
        body = {
            "name": backend_id,
            "project": hex_of(project_uuid),
            "offering": hex_of(offering_uuid),
            "backend_id": backend_id,
            "backend_metadata": dict(metadata),
        }
        self._rest.tell(Call.post("imports.tell", RESOURCES, body, repeatable=False))

    def project_by_slug(self, slug: str) -> Project | None:
        """Find a project that the token may see; None where there is none."""
        query = filters(slug=slug, field=fields_of(Project))
        found = self._rest.list(Call.get("imports.project_by_slug", PROJECTS, query), Project)
        return next((project for project in found if project.slug == slug), None)


def _request(uuid: UUID | str) -> str:
    return f"{REQUESTS}{hex_of(uuid)}/"
