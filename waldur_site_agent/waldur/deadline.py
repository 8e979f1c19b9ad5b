"""When something has to have happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Deadline:
    """A moment by which something has to have happened."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        """Start now."""
        self._clock = clock
        self._end = clock() + seconds

    def remaining(self) -> float:
        """Tell the seconds that are left, none below zero."""
        return max(0.0, self._end - self._clock())
