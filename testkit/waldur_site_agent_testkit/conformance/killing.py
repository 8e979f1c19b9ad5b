"""Killing the agent between any two effects."""

from __future__ import annotations


class Killed(BaseException):
    """The process is gone. It is no error, and no handler of errors may catch it."""


class Executioner:
    """Counts the chances to kill the process, and kills it at one of them.

    Attributes:
        killed: how many processes died.
    """

    def __init__(self) -> None:
        """Kill nobody yet."""
        self._chances_left: int | None = None
        self.killed = 0

    def kill_after(self, chances: int) -> None:
        """Kill the process at the chance after so many others."""
        self._chances_left = chances

    def spare(self) -> None:
        """Kill nobody any more."""
        self._chances_left = None

    def tick(self) -> None:
        """A chance: before or after an effect on either side.

        Raises:
            Killed: this is the one.
        """
        if self._chances_left is None:
            return
        self._chances_left -= 1
        if self._chances_left < 0:
            self.spare()
            self.killed += 1
            raise Killed
