"""What an exception of a plugin's libraries tells, without importing those libraries."""

from __future__ import annotations

STATUSES = range(100, 600)
GONE = frozenset({404, 410})
GONE_NAMES = frozenset({"NotFound", "NotFoundError", "NotFoundException", "DoesNotExist"})
"""Classes, in many a client library, of errors that say that there is no such thing."""


def status_of(error: BaseException) -> int | None:
    """The HTTP status of the answer that an exception is about; None where there was none."""
    for owner in (getattr(error, "response", None), error):
        for name in ("status_code", "status"):
            status = getattr(owner, name, None)
            if isinstance(status, int) and status in STATUSES:
                return status
    return None


def says_gone(error: BaseException) -> bool:
    """Whether an exception says that what was asked for is not there."""
    names = {cls.__name__ for cls in type(error).__mro__}
    return status_of(error) in GONE or bool(names & GONE_NAMES)
