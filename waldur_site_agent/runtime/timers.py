"""What is due every so often."""

from __future__ import annotations


class Every:
    """A timer that is due at once, and then again every period. Moments are seconds."""

    def __init__(self, seconds: float) -> None:
        """Be due at the first question."""
        self._seconds = seconds
        self.due = float("-inf")

    def is_due(self, now: float) -> bool:
        """Whether it is time; the next time is a period from now."""
        if now < self.due:
            return False
        self.restart(now)
        return True

    def restart(self, now: float) -> None:
        """Be due a period from now."""
        self.due = now + self._seconds
