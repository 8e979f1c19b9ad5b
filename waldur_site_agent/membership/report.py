"""What a membership pass did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class SyncReport:
    """Counts of a pass, for the log, and for scripts by exit code.

    Attributes:
        counts: resources and members by what became of them.
        given_up: why the pass ended before its last resource, where it did.
    """

    counts: Counter[str] = field(default_factory=Counter)
    given_up: str = ""

    FAILURES = ("held_back", "missing", "unknown", "erred", "left", "not_changed")
    """Counts that somebody should look at."""

    @property
    def failed(self) -> bool:
        """Whether anything went wrong, was held back, or is missing."""
        return bool(self.given_up) or any(self.counts[name] for name in self.FAILURES)
