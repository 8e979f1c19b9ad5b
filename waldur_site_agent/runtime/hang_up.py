"""SIGHUP: somebody wants the settings to be read anew."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


class HangUp:
    """The wish for new settings, until it is taken."""

    def __init__(self) -> None:
        """Begin with no wish."""
        self._wished = 0
        self._taken = 0

    def listen(self) -> None:
        """Let SIGHUP wish for new settings."""
        signal.signal(signal.SIGHUP, self._on_signal)

    def wish(self) -> None:
        """Wish for new settings."""
        self._wished += 1

    def take(self) -> bool:
        """Tell whether there is a wish, and take it; one that comes meanwhile stays."""
        wished = self._wished
        is_new, self._taken = wished != self._taken, wished
        return is_new

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.wish()
