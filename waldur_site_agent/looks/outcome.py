"""What comes of a look: how it ended, and what is to be looked at because of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waldur_site_agent.events.keys import Hint
    from waldur_site_agent.work.settlements import Settlement


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a look at one key."""

    settlement: Settlement
    then: tuple[Hint, ...] = ()
    """Keys to add to the queue."""
    left: bool = False
    """It went through, but something failed or was held back, of which a script is to be told."""
