"""The door to the target: a gateway whose failures are the backend's.

The agent takes a ``WaldurError`` for one of its own Waldur's, which never errs an order. What the
target says is another matter: its "no" is the backend's "no", and its silence the backend's.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache, wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from waldur_site_agent.backend.exceptions import (
    BackendError,
    BackendNotReadyError,
    BackendUnavailableError,
)
from waldur_site_agent.backend.redaction import scrub_secrets
from waldur_site_agent.waldur.connection import ConnectionSettings, connect
from waldur_site_agent.waldur.errors import (
    ConflictError,
    NotFoundError,
    RefusedError,
    WaldurError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent_waldur.settings import TargetAddress

USER_AGENT = "waldur-site-agent-federation"
KEPT_GATEWAYS = 32


class RefusedByTargetError(BackendError):
    """The target's definite no, in its own words."""


class NotOnTargetError(RefusedByTargetError):
    """The target has no such object, or shows it to others only."""


class LackedByTargetError(RefusedByTargetError):
    """The target's version lacks the operation."""


class BusyTargetError(BackendNotReadyError):
    """The object's state on the target does not allow it now."""


@lru_cache(maxsize=KEPT_GATEWAYS)
def gateway_to(address: TargetAddress) -> Waldur:
    """Make the gateway to a target; one for all passes, for a new connection costs a handshake.

    Raises:
        ValueError: the address is none.
    """
    return connect(connection_settings(address))


def connection_settings(address: TargetAddress) -> ConnectionSettings:
    """How a target is reached.

    Raises:
        ValueError: the address is none.
    """
    return ConnectionSettings(
        api_url=address.api_url,
        token=address.token,
        verify_ssl=address.verify_ssl,
        ca_bundle=address.ca_bundle,
        proxy=address.proxy,
        timeout_seconds=address.timeout_seconds,
        user_agent=USER_AGENT,
    )


def door_to(gateway: Waldur) -> Waldur:
    """The same gateway, whose areas raise this module's errors and the contract's."""
    return cast("Waldur", _Door(gateway))


class _Door:
    """Stands for a gateway: each area is one of :class:`_Area`."""

    def __init__(self, gateway: Waldur) -> None:
        self._gateway = gateway

    def __getattr__(self, area: str) -> _Area:
        return _Area(getattr(self._gateway, area))


class _Area:
    """Stands for an area of a gateway: each operation is the same, but for its errors."""

    def __init__(self, area: object) -> None:
        self._area = area

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return _translated(getattr(self._area, operation))


def _translated(operation: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(operation)
    def ask(*args: object, **kwargs: object) -> Any:
        with said_by_target():
            return operation(*args, **kwargs)

    return ask


@contextmanager
def said_by_target() -> Iterator[None]:
    """Turn a gateway's errors into what they mean of a backend.

    Raises:
        BusyTargetError: 409.
        NotOnTargetError: 404. LackedByTargetError: 404 of a path that the target does not know.
        RefusedByTargetError: another 4xx, but for 401.
        BackendUnavailableError: no answer, an answer that is none, or a token that is not taken.
    """
    try:
        yield
    except ConflictError as error:
        raise BusyTargetError(_words(error)) from error
    except NotFoundError as error:
        kind = LackedByTargetError if error.unrouted else NotOnTargetError
        raise kind(_words(error)) from error
    except RefusedError as error:
        if error.status == HTTPStatus.UNAUTHORIZED:
            raise BackendUnavailableError(_words(error, "Check target_api_token.")) from error
        raise RefusedByTargetError(_words(error)) from error
    except WaldurError as error:
        raise BackendUnavailableError(_words(error)) from error


def _words(error: WaldurError, advice: str = "") -> str:
    status = f" (status {error.status})" if error.status else ""
    said = scrub_secrets(error.detail).strip().rstrip(".") or "no reason given"
    what = f"The target Waldur, asked for {error.operation}{status}: {said}."
    return f"{what} {advice}" if advice else what
