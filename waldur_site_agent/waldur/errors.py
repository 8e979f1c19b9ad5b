"""How talking to Mastermind can fail, as classes that callers act on.

Every error's text is one sentence for an administrator. None holds a token, a query or more of
the server's answer than its own words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waldur_site_agent.waldur.call import Call

FORBIDDEN = 403
CONSUMING = ("consumer_", "customers.", "projects.")
"""The operations of the one who orders, who needs other rights than the one who provides."""


@dataclass(frozen=True, kw_only=True)
class ConfigKeys:
    """How the configuration calls a server's address and its credential, for advice."""

    url: str = "waldur_api_url"
    token: str = "waldur_api_token, or the oidc_ settings"  # noqa: S105 - the keys, not a secret


USUAL_KEYS = ConfigKeys()


class WaldurError(Exception):
    """Mastermind did not do what was asked.

    Attributes:
        detail: what happened, in the server's words where it had any.
        operation: the gateway's name for what was asked, such as ``orders.list``.
        method: the HTTP method.
        path: the path, such as ``/api/marketplace-orders/``, without the query.
        status: the HTTP status, or None when there was no answer.
        keys: what in the configuration leads to the server that was asked.
    """

    keys = USUAL_KEYS
    verb = "failed"
    advice = ""

    def __init__(
        self, detail: str = "", *, at: Call | None = None, status: int | None = None
    ) -> None:
        """Describe a failure of the call ``at``."""
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.operation = at.operation if at else ""
        self.method = at.method if at else ""
        self.path = at.target if at else ""

    def __str__(self) -> str:
        """One sentence: what was asked, what came back, what to do."""
        status = f"status {self.status}" if self.status else ""
        what = ", ".join(part for part in (status, self.detail.rstrip(".")) if part)
        where = f"{self.operation} ({self.method} {self.path})" if self.operation else ""
        said = f"{where} {self.verb}: {what}" if where else what
        advice = self._advice()
        return f"{said}. {advice}" if advice else said

    def _advice(self) -> str:
        return self.advice


class TransientError(WaldurError):
    """No answer, an overloaded or broken server, an incomplete listing: come back later.

    ``retry_after`` is how many seconds the server asked to wait, where it did.
    """

    verb = "got no usable answer"

    def __init__(
        self,
        detail: str = "",
        *,
        at: Call | None = None,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Describe a failure that may pass by itself."""
        super().__init__(detail, at=at, status=status)
        self.retry_after = retry_after


class RefusedError(WaldurError):
    """Mastermind understood and said no (a 4xx); asking again will not help."""

    verb = "was refused"


class UnauthorizedError(RefusedError):
    """The token is not accepted (401), or does not allow this (403)."""

    def _advice(self) -> str:
        if self.status == FORBIDDEN and self.operation.startswith(CONSUMING):
            return (
                "The token's owner lacks a right: it needs to be an owner of the organization "
                "(role CUSTOMER.OWNER) that orders"
            )
        if self.status == FORBIDDEN:
            return (
                "The token's owner lacks a right: it needs to be a manager of the offering "
                "(role OFFERING.MANAGER), or of its provider"
            )
        return (
            f"Check the token of the offering in the configuration ({self.keys.token}): it may be "
            "wrong, expired or of another Waldur"
        )


class NotFoundError(RefusedError):
    """There is no such object, or the token may not see it (404).

    ``unrouted`` tells that the path itself is unknown: this Mastermind lacks the operation.
    """

    def __init__(
        self,
        detail: str = "",
        *,
        at: Call | None = None,
        status: int | None = 404,
        unrouted: bool = False,
    ) -> None:
        """Describe what is missing."""
        super().__init__(detail, at=at, status=status)
        self.unrouted = unrouted

    def _advice(self) -> str:
        if self.unrouted:
            return (
                "This Waldur does not know the path: it may be too old for it, or "
                f"{self.keys.url} does not end in /api/"
            )
        return "It does not exist, or the token may not see it"


class ConflictError(RefusedError):
    """The object's state does not allow this (409)."""


class ContractError(WaldurError):
    """The answer is not what was agreed: no JSON, a field of the wrong type, a redirect."""

    verb = "got an unexpected answer"
