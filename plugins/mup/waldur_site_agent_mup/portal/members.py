"""Projects' members on the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_mup.portal.calls import Call, path
from waldur_site_agent_mup.portal.records import Member

if TYPE_CHECKING:
    from waldur_site_agent_mup.portal.records import Id, User
    from waldur_site_agent_mup.portal.rest import Rest


class Members:
    """Reading and writing who is in a project."""

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def list(self, project: Id) -> list[Member]:
        """List a project's members, the inactive included."""
        call = Call.get("members", _of(project, "list"), personal=True)
        return self._rest.list(call, Member.of)

    def add(self, project: Id, user: User) -> None:
        """Put a user into a project."""
        body = {"user_id": user.id, "email": user.email, "active": True}
        self._rest.send(Call.post("new member", _of(project, "add"), body, personal=True))

    def switch(self, project: Id, member: Member, *, active: bool) -> None:
        """Switch a member on or off. MUP calls it a toggle, so it is never sent again unseen."""
        self._rest.send(
            Call(
                operation="switch member",
                method="PUT",
                path=_of(project, member.id, "toggle-status"),
                body={"active": active},
                personal=True,
            )
        )


def _of(project: Id, *parts: object) -> str:
    return path("projects", project, "members", *parts)
