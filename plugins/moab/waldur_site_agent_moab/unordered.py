"""What accounts were given in MAM that nobody ordered: gathered in a pass, and told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent_moab.amounts import written

if TYPE_CHECKING:
    from decimal import Decimal

MOST_NAMED = 5


class UnorderedDeposits:
    """Accounts whose deposit differs from what was ordered."""

    def __init__(self) -> None:
        """Know of none."""
        self._found: dict[str, str] = {}

    def note(self, account: str, *, given: Decimal, ordered: Decimal) -> None:
        """Remember an account."""
        self._found[account] = f"{account} ({written(given)} instead of {written(ordered)})"

    def tell(self) -> None:
        """Say how many there are and name some, and forget them."""
        if self._found:
            named = ", ".join(list(self._found.values())[:MOST_NAMED])
            more = ", …" if len(self._found) > MOST_NAMED else ""
            logger.warning(
                "%d accounts were given other credits in MAM than were ordered: %s%s",
                len(self._found),
                named,
                more,
            )
        self._found.clear()
