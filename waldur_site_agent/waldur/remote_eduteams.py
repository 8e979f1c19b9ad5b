"""People whom Waldur looks up at eduTEAMS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import Call
from waldur_site_agent.waldur.models.people import RemoteUser

if TYPE_CHECKING:
    from uuid import UUID

    from waldur_site_agent.waldur.rest import Rest


class RemoteEduteams:
    """The server's own connection to eduTEAMS."""

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def resolve(self, cuid: str) -> UUID:
        """Find a person by CUID; the server makes the account where it has none yet.

        Raises:
            NotFoundError: eduTEAMS does not know the person; ``unrouted``: this server does not
                ask it at all.
            WaldurError: the server did not tell.
        """
        call = Call.post("remote_eduteams.resolve", "remote-eduteams/", {"cuid": cuid})
        return self._rest.read(call, RemoteUser).uuid
