"""Acknowledging a message that names several keys once all of them were looked at."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waldur_site_agent.work.entries import Ack


class SharedAck:
    """Calls an acknowledgement when it was itself called as often as there are keys."""

    def __init__(self, ack: Ack, *, keys: int) -> None:
        """Wait for this many keys."""
        self._ack = ack
        self._left = keys
        self._lock = threading.Lock()

    def __call__(self) -> None:
        """Say that one of the keys was looked at."""
        with self._lock:
            self._left -= 1
            is_last = self._left == 0
        if is_last:
            self._ack()
