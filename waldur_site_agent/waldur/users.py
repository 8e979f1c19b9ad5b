"""People, by the names that others know them by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import Call, filters
from waldur_site_agent.waldur.models.people import User
from waldur_site_agent.waldur.wire import fields_of

if TYPE_CHECKING:
    from waldur_site_agent.waldur.rest import Rest

USERS = "users/"


class Users:
    """People whom the token may see. Raises ``WaldurError`` when Waldur did not tell.

    Servers match parts of what is asked for; only whole matches are answered here.
    """

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def with_email(self, email: str) -> list[User]:
        """List the people with an e-mail address, in whatever case. Several may share one."""
        query = filters(email=email, field=fields_of(User))
        found = self._rest.list(Call.get("users.with_email", USERS, query), User)
        return [user for user in found if user.email.casefold() == email.casefold()]

    def with_username(self, username: str) -> User | None:
        """Find the person with a username in Waldur (CUID); None where there is none to be seen."""
        query = filters(username=username, field=fields_of(User))
        found = self._rest.list(Call.get("users.with_username", USERS, query), User)
        return next((user for user in found if user.username == username), None)
