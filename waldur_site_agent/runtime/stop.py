"""Ending the process: the step in hand is finished, the next one is not begun."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from waldur_site_agent.runtime.bell import Bell
from waldur_site_agent.sites.stopping import StoppedError

if TYPE_CHECKING:
    from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class Stop:
    """A request to end, made by a signal or by a caller. One thread at most waits for it.

    Attributes:
        bell: wakes that thread.
    """

    def __init__(self, *, whole: Stop | None = None) -> None:
        """Begin with no request.

        Args:
            whole: the end of something larger, which ends this as well.
        """
        self._requested = False
        self._whole = whole
        self.bell: Bell = whole.bell if whole is not None else Bell()

    def listen(self) -> None:
        """Let SIGTERM, SIGINT and SIGQUIT ask for the end. A second one ends at once."""
        self.bell.ring_on_signals()
        for number in SIGNALS:
            signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.request()
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)

    def request(self) -> None:
        """Ask for the end."""
        self._requested = True
        self.bell.ring()

    @property
    def requested(self) -> bool:
        """Whether the end was asked for."""
        return self._requested or (self._whole is not None and self._whole.requested)

    def part(self) -> Stop:
        """The end of a part, which can be asked for by itself."""
        return Stop(whole=self)

    def check(self) -> None:
        """Raise StoppedError when the end was asked for."""
        if self.requested:
            raise StoppedError

    def wait(self, seconds: float) -> bool:
        """Wait until the end is asked for, somebody wakes, or time is over; True at the end."""
        if not self.requested:
            self.bell.wait(seconds)
        return self.requested
