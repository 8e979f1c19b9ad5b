"""What a server says about itself and about the token's owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import Call, filters
from waldur_site_agent.waldur.models.server import CurrentUser, OwnToken, Version
from waldur_site_agent.waldur.wire import fields_of

if TYPE_CHECKING:
    from waldur_site_agent.waldur.rest import Rest


class Server:
    """The Mastermind itself. Raises ``WaldurError`` when it did not tell."""

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def version(self) -> str:
        """Tell the server's version, such as ``7.0.7+2.g1ea6cb820``."""
        return self._rest.read(Call.get("server.version", "version/"), Version).version

    def current_user(self) -> CurrentUser:
        """Tell who owns the token, and what that allows."""
        query = filters(field=fields_of(CurrentUser))
        return self._rest.read(Call.get("server.current_user", "users/me/", query), CurrentUser)

    def own_token(self) -> str:
        """Tell the API token of the token's owner; blank where the server keeps it to itself."""
        query = filters(field=fields_of(OwnToken))
        return self._rest.read(Call.get("server.own_token", "users/me/", query), OwnToken).token
