"""One change that a resource needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Duty = Callable[[], "Step | None"]
    """Says, when it is called, what there is to do."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What would be done, and how.

    Attributes:
        what: for plans.
        run: does it; safe to repeat. False says that nothing was changed.
        routine: the plugin is asked in every pass and changes only what differs, so that a plan
            cannot tell whether it would.
        is_sure: it is known not to be so already.
        is_optional: its failure is told in the log, and is no fault of the resource.
    """

    what: str
    run: Callable[[], object]
    routine: bool = False
    is_sure: bool = True
    is_optional: bool = False

    @property
    def changes(self) -> bool:
        """Whether carrying it out surely changes something."""
        return self.is_sure and not self.routine


def always(step: Step) -> Duty:
    """The duty to do this."""
    return lambda: step
