"""SIGHUP: somebody wants the settings to be read anew."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

    from waldur_site_agent.runtime.stop import Stop


class HangUp:
    """The wish for new settings, until it is taken."""

    def __init__(self) -> None:
        """Begin with no wish."""
        self._wanted = False

    def listen(self, stop: Stop) -> None:
        """Let SIGHUP wish for new settings, and wake whoever waits for the end."""

        def on_signal(_number: int, _frame: FrameType | None) -> None:
            self._wanted = True
            stop.wake()

        signal.signal(signal.SIGHUP, on_signal)

    def take(self) -> bool:
        """Tell whether there is a wish, and take it as fulfilled."""
        wanted, self._wanted = self._wanted, False
        return wanted
