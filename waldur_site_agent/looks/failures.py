"""What a look that failed means for its key (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from waldur_site_agent.backend.exceptions import BackendError, BackendNotReadyError
from waldur_site_agent.plugins.errors import PluginError
from waldur_site_agent.waldur.errors import (
    NotFoundError,
    RefusedError,
    UnauthorizedError,
    WaldurError,
)
from waldur_site_agent.work.settlements import Again, Done, Ended, Later

if TYPE_CHECKING:
    from waldur_site_agent.work.settlements import Settlement

Failure: TypeAlias = WaldurError | BackendError | BackendNotReadyError | PluginError

OF_THE_SITE = (WaldurError, BackendError, BackendNotReadyError, PluginError)
"""Failures whose cause is the site's or Waldur's, rather than a defect of ours."""
NOT_READY_SECONDS = 60.0


def settlement_of(error: Failure, *, names_object: bool) -> Settlement:
    """Say what becomes of a key.

    Args:
        error: what ended the look.
        names_object: the key names an object that may be gone, rather than the whole offering.
    """
    match error:
        case BackendNotReadyError():
            return Later(NOT_READY_SECONDS, str(error))
        case NotFoundError(unrouted=False) if names_object:
            return Done()
        # A token may get its rights back, and a mistyped offering its right name.
        case UnauthorizedError():
            return Again(str(error))
        case RefusedError() if names_object:
            return Ended(str(error))
        case _:
            return Again(str(error))
