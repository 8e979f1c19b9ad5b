"""How a line to the broker is, for the health probe."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, kw_only=True)
class Health:
    """What a line can tell. Moments are those of its clock, in seconds; None: not so far.

    Attributes:
        name: which line it is: an object type, or blank for the queue of all.
        working: whether its thread lives; without it nobody connects again.
        connected_since: None while it is down.
        down_since: None while it is connected.
        kind: what sort of failure keeps it down, as in ``BrokerError.kind``;
            ``registration_refused`` where Waldur says no, which no new start would change.
        reason: why it is down; an administrator's sentence.
        last_frame: when the broker last sent anything, heart-beats included.
        last_message: when the last message came.
        messages: how many messages came.
        oddities: how many of them could not be read.
    """

    name: str = ""
    working: bool = False
    connected_since: float | None = None
    down_since: float | None = None
    kind: str = ""
    reason: str = ""
    last_frame: float | None = None
    last_message: float | None = None
    messages: int = 0
    oddities: int = 0


class HealthRecord:
    """Keeps a line's health; any thread may read it."""

    def __init__(self, name: str, *, clock: Callable[[], float]) -> None:
        """Begin as down."""
        self._clock = clock
        self._lock = threading.Lock()
        self._health = Health(name=name, down_since=clock(), reason="not connected yet")

    @property
    def now(self) -> Health:
        """How it is."""
        with self._lock:
            return self._health

    def is_up(self) -> None:
        """Note that the line is connected."""
        with self._lock:
            moment = self._clock()
            self._health = replace(
                self._health,
                connected_since=moment,
                last_frame=moment,
                down_since=None,
                kind="",
                reason="",
            )

    def is_down(self, kind: str, reason: str) -> None:
        """Note that the line is down, and why; when it went down stays."""
        with self._lock:
            since = self._health.down_since
            self._health = replace(
                self._health,
                connected_since=None,
                down_since=self._clock() if since is None else since,
                kind=kind,
                reason=reason,
            )

    def heard(self, moment: float) -> None:
        """Note when the broker last sent anything."""
        with self._lock:
            self._health = replace(self._health, last_frame=moment)

    def got_message(self) -> None:
        """Note that a message came."""
        with self._lock:
            self._health = replace(
                self._health, last_message=self._clock(), messages=self._health.messages + 1
            )

    def got_oddity(self) -> None:
        """Note that a message could not be read."""
        with self._lock:
            self._health = replace(self._health, oddities=self._health.oddities + 1)
