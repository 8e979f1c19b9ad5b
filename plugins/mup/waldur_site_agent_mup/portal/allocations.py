"""Allocations on the portal, and what was used of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_mup.portal.calls import Call, path
from waldur_site_agent_mup.portal.records import Allocation, Usage

if TYPE_CHECKING:
    from waldur_site_agent_mup.portal.calls import Body
    from waldur_site_agent_mup.portal.records import Id, Row
    from waldur_site_agent_mup.portal.rest import Rest


class Allocations:
    """Reading and writing allocations."""

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def list(self, project: Id) -> list[Allocation]:
        """List a project's allocations."""

        def read(row: Row) -> Allocation:
            return Allocation.of(row, project=project)

        return self._rest.list(Call.get("allocations", _of(project, "list")), read)

    def named(self, identifier: str) -> Allocation | None:
        """Look an allocation up by its name, in whichever project."""
        call = Call.get("allocation by name", path("projects", "allocations", identifier))
        return self._rest.look_up(call, Allocation.of)

    def add(self, project: Id, body: Body) -> Allocation:
        """Make an allocation; MUP may give it another name than was asked for."""
        call = Call.post("new allocation", _of(project, "add"), body)
        return self._rest.one(call, lambda row: Allocation.of(row, project=project))

    def edit(self, allocation: Allocation, changes: Body) -> None:
        """Change an allocation; all else of it goes back as it was told."""
        address = _of(allocation.project, "edit", allocation.id)
        self._rest.send(Call.put("edit allocation", address, {**allocation.row, **changes}))

    def usage(self, allocation: Allocation) -> Usage:
        """Read what was used of an allocation so far."""
        address = _of(allocation.project, allocation.id, "usage")
        return self._rest.one(Call.get("usage", address, personal=True), Usage.of)


def _of(project: Id, *parts: object) -> str:
    return path("projects", project, "allocations", *parts)
