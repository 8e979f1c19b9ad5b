"""What it means when Waldur does not take a usage."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from waldur_site_agent.waldur.errors import RefusedError

BAD_REQUEST = 400
CLOSED = ("backfilling past billing periods", "billing period is closed")
"""How Waldur says that a month takes no more usage; anything else is a mistake, and is told."""


class MonthClosedError(Exception):
    """Waldur takes nothing for this month, at least not from this token."""


class GivenUpError(Exception):
    """Waldur stopped answering; what is not sent yet waits for the next pass."""


class MisfiledError(Exception):
    """Waldur files what it is sent under the current month, whatever month is meant."""

    def __init__(self, resource: UUID) -> None:
        """Name the resource whose current month now holds the amounts of another."""
        super().__init__("this Waldur files all usage under the current month: it is too old")
        self.resource = resource


def is_closed(error: RefusedError) -> bool:
    """Whether a refusal is about the month, and so the same for every resource."""
    words = error.detail.casefold()
    return error.status == BAD_REQUEST and any(text in words for text in CLOSED)
