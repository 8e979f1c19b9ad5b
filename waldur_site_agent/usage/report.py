"""What a usage pass did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from waldur_site_agent.usage.periods import Month


@dataclass(kw_only=True)
class UsageReport:
    """Counts of a pass, for the log, and for scripts by exit code.

    Attributes:
        counts: resources and amounts by what became of them. Resources are counted once for each
            month.
        closed: months of which Waldur takes no usage, and why.
        misfiled: the resource by which it was found that Waldur files past months under the
            current one.
        given_up: why the pass ended before its last resource, where it did.
    """

    counts: Counter[str] = field(default_factory=Counter)
    closed: dict[Month, str] = field(default_factory=dict)
    misfiled: UUID | None = None
    given_up: str = ""

    FAILURES = ("held_back", "unmeasured", "missing", "refused", "left")
    """Counts that somebody should look at."""

    @property
    def failed(self) -> bool:
        """Whether anything was not measured, held back, refused or left."""
        return bool(self.given_up) or any(self.counts[name] for name in self.FAILURES)
