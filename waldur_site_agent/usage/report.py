"""What a usage pass did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waldur_site_agent.usage.periods import Month


@dataclass(kw_only=True)
class UsageReport:
    """Counts of a pass, for the log, and for scripts by exit code.

    Attributes:
        counts: resources and amounts by what became of them. Resources are counted once for each
            month.
        closed: months of which Waldur takes no more usage.
        given_up: why the pass ended before its last resource, where it did.
    """

    counts: Counter[str] = field(default_factory=Counter)
    closed: set[Month] = field(default_factory=set)
    given_up: str = ""

    FAILURES = ("held_back", "unmeasured", "missing", "refused", "left")
    """Counts that somebody should look at."""

    @property
    def failed(self) -> bool:
        """Whether anything was not measured, held back, refused or left."""
        return bool(self.given_up) or any(self.counts[name] for name in self.FAILURES)
