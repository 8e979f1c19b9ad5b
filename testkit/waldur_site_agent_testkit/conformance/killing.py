"""Killing the agent between any two effects."""

from __future__ import annotations


class Killed(BaseException):
    """The process is gone. It is no error, and no handler of errors may catch it."""


class Executioner:
    """Counts the chances to disturb the process, and takes one of them.

    Attributes:
        executed: how often that came about.
    """

    def __init__(self) -> None:
        """Disturb nobody yet."""
        self._chances_left: int | None = None
        self._death: type[BaseException] = Killed
        self.executed = 0

    def take(self, chance: int, death: type[BaseException] = Killed) -> None:
        """Disturb the process at the chance after so many others.

        Args:
            chance: how many others are let go.
            death: what is raised there.
        """
        self._chances_left, self._death = chance, death

    def spare(self) -> None:
        """Disturb nobody any more."""
        self._chances_left = None

    def tick(self) -> None:
        """A chance: before or after an effect.

        Raises:
            BaseException: this is the one.
        """
        if self._chances_left is None:
            return
        self._chances_left -= 1
        if self._chances_left < 0:
            self.spare()
            self.executed += 1
            raise self._death

    def tick_if_deadly(self) -> None:
        """A chance at Waldur's side: processes die there too, but no answer of a backend is lost.

        Raises:
            Killed: this is the one.
        """
        if self._death is Killed:
            self.tick()
