"""People on the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_mup.portal.calls import Call, path
from waldur_site_agent_mup.portal.records import User

if TYPE_CHECKING:
    from waldur_site_agent_mup.portal.calls import Body
    from waldur_site_agent_mup.portal.records import Id
    from waldur_site_agent_mup.portal.rest import Rest


class Users:
    """Looking people up, and asking for new ones."""

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def of_email(self, email: str) -> User | None:
        """Look a user up by e-mail address."""
        return self._look_up("user by e-mail", "by-email", email)

    def named(self, username: str) -> User | None:
        """Look a user up by name."""
        return self._look_up("user by name", "by-username", username)

    def get(self, user: Id) -> User | None:
        """Look a user up by id."""
        return self._look_up("user", "view", user)

    def requested(self) -> list[User]:
        """List the users who were asked for and are not accepted yet."""
        address = path("user", "request", "list") + "/"
        return self._rest.list(Call.get("requested users", address, personal=True), User.of)

    def request(self, body: Body) -> User:
        """Ask for a new user."""
        call = Call.post("new user", path("user") + "/", body, personal=True)
        return self._rest.one(call, User.of)

    def link_identity(self, user: Id, cuid: str) -> None:
        """Tell MUP a user's MyAccessID."""
        body = {"myaccessid": cuid}
        address = path("user", user, "myaccessid")
        self._rest.send(Call.post("MyAccessID", address, body, personal=True))

    def _look_up(self, operation: str, *parts: object) -> User | None:
        call = Call.get(operation, path("user", *parts), personal=True)
        return self._rest.look_up(call, User.of)
