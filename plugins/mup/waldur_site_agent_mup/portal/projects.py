"""Projects on the portal, and the research fields that they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_mup.portal.calls import Call, path
from waldur_site_agent_mup.portal.records import Project, field_id

if TYPE_CHECKING:
    from waldur_site_agent_mup.portal.calls import Body
    from waldur_site_agent_mup.portal.records import Id
    from waldur_site_agent_mup.portal.rest import Rest


class Projects:
    """Reading and writing projects."""

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def research_fields(self) -> list[Id]:
        """List the ids of the research fields; the cheapest sign of life as well."""
        call = Call.get("research fields", path("research-fields", "list") + "/")
        return self._rest.list(call, field_id)

    def list(self) -> list[Project]:
        """List all projects."""
        return self._rest.list(Call.get("projects", path("projects", "list") + "/"), Project.of)

    def of_grant(self, grant: str) -> Project | None:
        """Look a project up by its grant number."""
        call = Call.get("project by grant", path("projects", "by-grant", grant))
        return self._rest.look_up(call, Project.of)

    def get(self, project: Id) -> Project | None:
        """Look a project up by its id."""
        return self._rest.look_up(
            Call.get("project", path("projects", "view", project)), Project.of
        )

    def add(self, body: Body) -> Project:
        """Make a project."""
        call = Call.post("new project", path("projects", "add") + "/", body)
        return self._rest.one(call, Project.of)

    def switch(self, project: Id, *, active: bool) -> None:
        """Activate or deactivate a project."""
        verb = "activate" if active else "deactivate"
        self._rest.send(Call.put(f"{verb} project", path("projects", project, verb), {}))
