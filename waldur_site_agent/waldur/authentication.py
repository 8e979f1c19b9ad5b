"""What goes into the ``Authorization`` header, and when it has to be new."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import msgspec

from waldur_site_agent.config.credentials import sendable
from waldur_site_agent.waldur.answers import server_words
from waldur_site_agent.waldur.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.waldur.call import Call

EARLY_SECONDS = 30.0
"""A token is renewed this long before it expires, or halfway through a short life."""
UNSAID_LIFETIME_SECONDS = 300.0


class Authentication(Protocol):
    """A source of ``Authorization`` headers; safe to share between threads."""

    def header(self) -> str:
        """Tell the header to send, or an empty text for none.

        Raises:
            WaldurError: there is none to be had.
        """

    def renew(self, refused: str) -> bool:
        """Forget a header that was refused; tell whether asking again may help."""


@dataclass(frozen=True)
class StaticToken:
    """The token of the configuration."""

    token: str

    def __repr__(self) -> str:
        """Leave the token out."""
        return "StaticToken()"

    def header(self) -> str:
        """See ``Authentication``."""
        return f"Token {self.token}" if self.token else ""

    def renew(self, refused: str) -> bool:  # noqa: ARG002 - there is nothing newer
        """See ``Authentication``."""
        return False


class BearerToken:
    """A token of an identity provider, kept until shortly before it expires.

    Threads that need a new one wait for a single request.
    """

    def __init__(
        self, request: Callable[[], GrantedToken], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Ask for nothing yet; ``request`` gets a token over the network."""
        self._request = request
        self._clock = clock
        self._lock = threading.Lock()
        self._header = ""
        self._good_until = 0.0

    def header(self) -> str:
        """See ``Authentication``."""
        with self._lock:
            if not self._header or self._clock() >= self._good_until:
                asked_at = self._clock()
                granted = self._request()
                self._header = f"Bearer {granted.access_token}"
                self._good_until = asked_at + granted.useful_seconds()
            return self._header

    def renew(self, refused: str) -> bool:
        """See ``Authentication``. Another thread may have renewed it already."""
        with self._lock:
            if self._header == refused:
                self._header = ""
            return True


class GrantedToken(msgspec.Struct, frozen=True, kw_only=True):
    """What an identity provider answers to a client credentials grant."""

    access_token: str
    expires_in: float = UNSAID_LIFETIME_SECONDS

    def __repr__(self) -> str:
        """Leave the token out."""
        return f"GrantedToken(expires_in={self.expires_in})"

    def useful_seconds(self) -> float:
        """How long the token is to be used."""
        return max(self.expires_in - EARLY_SECONDS, self.expires_in / 2)


def read_grant(body: bytes, *, at: Call) -> GrantedToken:
    """Read an identity provider's answer.

    Raises:
        ContractError: there is no usable ``access_token`` in it.
    """
    try:
        granted = msgspec.json.decode(body, type=GrantedToken, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # What came instead may hold secrets, unless it says itself what is wrong.
        said = server_words(body) if body.startswith(b'{"error') else ""
        raise ContractError(
            f"the identity provider's answer holds no access_token {said}".strip(), at=at
        ) from None
    if not granted.access_token or not sendable(granted.access_token):
        raise ContractError("the identity provider's access_token cannot be used", at=at)
    return granted
