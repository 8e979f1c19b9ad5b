"""Who registers for events, and what the broker knows us by."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from waldur_site_agent.waldur.gateway import Waldur

BEARER = "Bearer"


class Agent:
    """An offering's agent in Waldur.

    The password of its user at the broker is the token that was presented when registering, if
    that is one of Waldur's own, personal access tokens included. Who shows an identity provider's
    token has the API token of its owner as password. The two cannot be told apart beforehand:
    where one is refused, the other one is tried.
    """

    def __init__(self, *, waldur: Waldur, offering: str, identity: Callable[[], UUID]) -> None:
        """Ask nothing yet.

        Args:
            waldur: the offering's Waldur.
            offering: the offering's UUID, 32 hexadecimal digits.
            identity: tells the agent's identity in Waldur, registering it if need be.
        """
        self.waldur = waldur
        self.offering = offering
        self.identity = identity
        self._by_own_token = False

    def passcode(self) -> str:
        """What the broker should let us in with, at this moment.

        Raises:
            WaldurError: there is none to be had.
        """
        if self._by_own_token:
            return self.waldur.server.own_token()
        return self.waldur.authorization().partition(" ")[2]

    def was_refused(self, passcode: str) -> None:
        """Learn that the broker refused a passcode.

        An identity provider that gives no token is told of when the queue is registered anew.
        """
        with suppress(WaldurError):
            header = self.waldur.authorization()
            scheme, _, token = header.partition(" ")
            if token == passcode:
                self.waldur.renew_authorization(header)
            self._by_own_token = scheme == BEARER and not self._by_own_token
