"""An offering's log lines until Waldur has them: bounded by bytes, the oldest go first."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.waldur.logs import LogLine

OVERHEAD_BYTES = 300
"""About what a line takes beside its text."""


@dataclass(frozen=True)
class Batch:
    """The oldest lines, which stay in the buffer until they are removed."""

    lines: Sequence[LogLine]
    end: int
    """The number of the line behind the last one."""


class LogBuffer:
    """Lines in the order in which they came. Any thread may add and take."""

    def __init__(self, *, most_bytes: int) -> None:
        """Begin empty."""
        self._most_bytes = most_bytes
        self._lines: deque[LogLine] = deque()
        self._bytes = 0
        self._first = 0
        """The number of the oldest line; lines are counted from the start of the process."""
        self._dropped = 0
        self._closed = False
        self._lock = threading.Lock()

    def add(self, line: LogLine) -> None:
        """Keep a line, in place of the oldest ones where there is no room."""
        with self._lock:
            if self._closed:
                return
            self._lines.append(line)
            self._bytes += _size(line)
            while self._bytes > self._most_bytes and self._lines:
                self._drop_oldest()
                self._dropped += 1

    def oldest(self, number: int) -> Batch:
        """Look at the oldest lines, so many at most."""
        with self._lock:
            lines = tuple(islice(self._lines, number))
            return Batch(lines, self._first + len(lines))

    def remove(self, batch: Batch) -> None:
        """Let go of lines that were looked at, unless they had to go before."""
        with self._lock:
            while self._lines and self._first < batch.end:
                self._drop_oldest()

    def take_dropped(self) -> int:
        """Tell how many lines had to go since this was last asked."""
        with self._lock:
            dropped, self._dropped = self._dropped, 0
            return dropped

    def close(self) -> None:
        """Let go of everything, and keep nothing from now on."""
        with self._lock:
            self._closed = True
            self._lines.clear()
            self._bytes = 0

    def __len__(self) -> int:
        """How many lines wait."""
        with self._lock:
            return len(self._lines)

    def _drop_oldest(self) -> None:
        self._bytes -= _size(self._lines.popleft())
        self._first += 1


def _size(line: LogLine) -> int:
    return OVERHEAD_BYTES + len(line.message.encode()) + len(line.module)
