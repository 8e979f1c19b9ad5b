"""Whether an exception says that the backend could not be asked, or what the backend said.

Plugins let errors of the HTTP library of their choice escape. Those are told apart by the status
that they carry, or by the names of their classes: importing the libraries would cost too much.
"""

from __future__ import annotations

from subprocess import TimeoutExpired

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.statuses import status_of

TRANSPORT_ERROR_NAMES = frozenset({"TransportError", "RequestException", "HTTPError", "Timeout"})
"""Base classes, in httpx, requests and their like, of errors that may have had no answer."""
PASSING = frozenset({408, 425, 429})
"""Statuses below 500 that speak of the moment, not of what was asked."""
REFUSALS = range(400, 500)


def is_outage(error: BaseException) -> bool:
    """Whether a plugin's exception means that the backend could not be asked.

    A status is believed before anything else: a 4xx, but for 408, 425 and 429, is an answer. A
    BackendError is the backend's "no", unless it was raised ``from`` a lost connection.
    """
    if isinstance(error, BackendUnavailableError):
        return True
    if isinstance(error, BackendError):
        return error.__cause__ is not None and _was_lost(error.__cause__)
    return _was_lost(error) or (status_of(error) is None and isinstance(error, OSError))


def _was_lost(error: BaseException) -> bool:
    """Whether a request or a command got no answer, or one that speaks of the moment."""
    status = status_of(error)
    if status is not None:
        return status not in REFUSALS or status in PASSING
    names = {cls.__name__ for cls in type(error).__mro__}
    lost = isinstance(error, ConnectionError | TimeoutError | TimeoutExpired)
    return lost or bool(names & TRANSPORT_ERROR_NAMES)
