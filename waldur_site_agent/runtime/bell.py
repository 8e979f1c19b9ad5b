"""Waking the one who waits, from any thread or by a signal.

The handler of a signal that arrives just before its thread goes to sleep in a lock, or in an
event's ``wait``, runs only when that wait is over. A pipe that was written into is ready anyway.
"""

from __future__ import annotations

import os
import select
import signal
import weakref
from contextlib import suppress

ONCE = b"\0"
ALL_THAT_RANG = 4096


class Bell:
    """Rung any number of times before somebody listens, it wakes him once."""

    def __init__(self) -> None:
        """Hang it up."""
        self._ear, self._cord = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        for end in (self._ear, self._cord):
            weakref.finalize(self, os.close, end)

    def ring(self) -> None:
        """Wake whoever waits, now or later."""
        with suppress(BlockingIOError):
            os.write(self._cord, ONCE)

    def ring_on_signals(self) -> None:
        """Ring whenever the process gets a signal that it handles, before its handler runs."""
        signal.set_wakeup_fd(self._cord, warn_on_full_buffer=False)

    def wait(self, seconds: float) -> None:
        """Sleep until it rings, but no longer than this."""
        select.select([self._ear], [], [], seconds)
        with suppress(BlockingIOError):
            os.read(self._ear, ALL_THAT_RANG)
