"""Who works, who is leaving, and who waits until a place is free."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waldur_site_agent.runtime.renewal import Turn
    from waldur_site_agent.runtime.running_offering import RunningOffering

GOODBYE_SECONDS = 5.0
"""How long leaving the brokers may take, for all who leave at the same time."""


class Succession:
    """Offerings that come and go while others work.

    Whoever leaves finishes the step in hand, and acknowledges what was done, before another
    begins to work on the same offering: there are never two writers, and no message is lost
    between them.
    """

    def __init__(self, offerings: Iterable[RunningOffering]) -> None:
        """Have all of them wait for :meth:`move_up`."""
        self.working: list[RunningOffering] = []
        self._leaving: list[RunningOffering] = []
        self._waiting = list(offerings)

    @property
    def everybody(self) -> list[RunningOffering]:
        """Those whose threads run."""
        return [*self.working, *self._leaving]

    @property
    def is_under_way(self) -> bool:
        """Whether somebody has not left, or not begun yet."""
        return bool(self._leaving or self._waiting)

    def turn(self, turn: Turn[RunningOffering]) -> None:
        """Let some leave and others wait for their place; :meth:`move_up` does the rest."""
        for one in self.working:
            if turn.ends(one.offering):
                one.begin_to_stop()
                self._leaving.append(one)
        for one in self._waiting:
            if turn.ends(one.offering):
                one.close()
        self.working = [one for one in self.working if not turn.ends(one.offering)]
        self._waiting = [one for one in self._waiting if not turn.ends(one.offering)]
        self._waiting += turn.begun

    def move_up(self) -> None:
        """Let go of those who have ended, and start those whose place is free."""
        leave_until = time.monotonic() + GOODBYE_SECONDS
        for one in [one for one in self._leaving if one.has_ended]:
            left = max(0.0, leave_until - time.monotonic())
            one.leave(seconds=left)
            one.close()
            self._leaving.remove(one)
        for one in [one for one in self._waiting if not self._is_taken(one)]:
            one.start()
            self.working.append(one)
            self._waiting.remove(one)

    def _is_taken(self, wanted: RunningOffering) -> bool:
        """Whether somebody is leaving who works there, or is known by the same name."""
        return any(
            one.place == wanted.place or one.offering.name == wanted.offering.name
            for one in self._leaving
        )

    def close(self) -> None:
        """Let go of what all have taken."""
        for one in (*self.working, *self._leaving, *self._waiting):
            one.close()
