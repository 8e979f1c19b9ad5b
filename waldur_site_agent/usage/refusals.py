"""What it means when Waldur does not take a usage."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waldur_site_agent.waldur.errors import RefusedError

BAD_REQUEST = 400
CLOSED = ("backfilling past billing periods", "billing period is closed")
"""How Waldur says that a month takes no more usage; anything else is a mistake, and is told."""


class MonthClosedError(Exception):
    """Waldur takes nothing for this month, at least not from this token."""


class GivenUpError(Exception):
    """Waldur stopped answering; what is not sent yet waits for the next pass."""


def is_closed(error: RefusedError) -> bool:
    """Whether a refusal is about the month, and so the same for every resource."""
    words = error.detail.casefold()
    return error.status == BAD_REQUEST and any(text in words for text in CLOSED)
