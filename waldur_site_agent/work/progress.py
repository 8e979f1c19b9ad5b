"""Whether work in hand gets on. Written by the one who works, read by anybody."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Progress:
    """Since when the work in hand has not got on."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing is in hand."""
        self._clock = clock
        self._busy_since: float | None = None

    def begin(self) -> None:
        """Take something in hand."""
        self._busy_since = self._clock()

    def made(self) -> None:
        """Say that the work in hand gets on."""
        if self._busy_since is not None:
            self._busy_since = self._clock()

    def end(self) -> None:
        """Have nothing in hand any more."""
        self._busy_since = None

    @property
    def stuck_seconds(self) -> float:
        """How long the work in hand has not got on; 0 while there is none."""
        since = self._busy_since
        return 0.0 if since is None else self._clock() - since
