"""Profiles of people, as an identity provider for Waldur hands them on."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import Call
from waldur_site_agent.waldur.errors import RefusedError
from waldur_site_agent.waldur.models.people import AllowedFields, PushedIdentity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from waldur_site_agent.waldur.rest import Rest

BRIDGE = "identity-bridge/"
QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”")


class IdentityBridge:
    """Where people's accounts are made and kept up to date by a source, such as ``isd:efp``.

    The token's owner is staff, or an identity manager of the source. Raises ``WaldurError`` when
    Waldur did not do it; what a profile says is quoted in none.
    """

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def push(
        self, username: str, *, source: str, attributes: Mapping[str, object]
    ) -> PushedIdentity:
        """Make a person's account, or bring it up to date.

        Args:
            username: the stable identity of the person (CUID).
            source: who says so.
            attributes: by the names of ``allowed_fields``: texts, lists of texts, a day as
                ``YYYY-MM-DD``. What is empty is to be left out.

        Raises:
            RefusedError: an attribute is not taken (400), with its name.
        """
        body = {**attributes, "username": username, "source": source}
        with _without_quotations():
            return self._rest.read(Call.post("identity_bridge.push", BRIDGE, body), PushedIdentity)

    def remove(self, username: str, *, source: str) -> None:
        """Say that a source does not know a person any more, who is deactivated if none does.

        Raises:
            NotFoundError: Waldur does not know the person either.
        """
        body = {"username": username, "source": source}
        with _without_quotations():
            self._rest.tell(Call.post("identity_bridge.remove", f"{BRIDGE}remove/", body))

    def allowed_fields(self) -> frozenset[str]:
        """Tell which attributes the server takes.

        Raises:
            NotFoundError: ``unrouted``, from a server that does not tell.
        """
        call = Call.get("identity_bridge.allowed_fields", f"{BRIDGE}allowed-fields/")
        return frozenset(self._rest.read(call, AllowedFields).allowed_fields)


@contextmanager
def _without_quotations() -> Iterator[None]:
    """Strike out of a refusal what it quotes of a person's profile."""
    try:
        yield
    except RefusedError as error:
        error.detail = QUOTED.sub("<value>", error.detail)
        error.args = (error.detail,)
        raise
