"""Taking over new settings while the process runs, where they can be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.metrics.counting import watch_settings
from waldur_site_agent.runtime.changes import Change, InForce, change_between

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from waldur_site_agent.runtime.hang_up import HangUp
    from waldur_site_agent.runtime.watched_files import WatchedFiles

logger = structlog.get_logger(__name__)

LOOK_SECONDS = 30.0
"""How often files are looked at, at least."""
SOON_SECONDS = 1.0
"""How soon they are looked at again while they are being written."""


class UnusableSettingsError(Exception):
    """New settings cannot be used.

    Attributes:
        problems: what is wrong, each in words.
        files: what has to be watched for them to be mended.
    """

    def __init__(self, problems: Sequence[str], *, files: Iterable[Path]) -> None:
        """Keep what is wrong."""
        super().__init__("\n".join(problems))
        self.problems = problems
        self.files = frozenset(files)


class Reloading:
    """The settings in force, and the watch over those that may take their place."""

    def __init__(
        self,
        in_force: InForce,
        *,
        read: Callable[[], tuple[InForce, Iterable[Path]]],
        files: WatchedFiles,
        hang_up: HangUp,
    ) -> None:
        """Begin with what was read at the start.

        Args:
            in_force: that.
            read: reads the settings, and tells of which files they were made; raises
                ``UnusableSettingsError``.
            files: those of which they were made.
            hang_up: the wish of somebody to have them read now.
        """
        self.in_force = in_force
        self._read = read
        self._files = files
        self._hang_up = hang_up
        self._is_newest = True
        watch_settings(lambda: self._is_newest)

    def look(self) -> Change | None:
        """Read new settings, if there are any; answers with what they change, if usable."""
        if not (self._hang_up.take() or self._files.have_changed()):
            return None
        self._files.take_as_read()
        change = self._read_change()
        self._is_newest = change is not None and not change.held
        if change is not None:
            self.in_force = change.to
            _tell(change)
        return change

    def _read_change(self) -> Change | None:
        try:
            new, files = self._read()
        except UnusableSettingsError as error:
            self._files.add(error.files)
            _tell_refused(error.problems)
            return None
        except Exception as error:
            # A plugin's schema runs its own code: a defect in there must not end the agent.
            logger.exception("configuration.crashed")
            _tell_refused([f"a defect while reading ({type(error).__name__}); see the log"])
            return None
        self._files.watch(files)
        return change_between(self.in_force, new)

    @property
    def wait_seconds(self) -> float:
        """How soon it should be looked at again."""
        return SOON_SECONDS if self._files.are_unsettled else LOOK_SECONDS


def _tell_refused(problems: Sequence[str]) -> None:
    logger.error(
        "configuration.refused",
        problems=list(problems),
        consequence="the agent goes on with the settings that it had",
    )


def _tell(change: Change) -> None:
    logger.info(
        "configuration.reloaded",
        changed=sorted(change.ended & change.begun),
        begun=sorted(change.begun - change.ended),
        ended=sorted(change.ended - change.begun),
        unchanged=len(change.to.assignments.keys() - change.begun - change.held),
    )
    for name in sorted(change.held):
        logger.error(
            "offering.held",
            offering=name,
            why="its new settings cannot be used",
            consequence="it goes on with those that it had",
        )
    if change.needs_restart:
        logger.warning(
            "configuration.needs_restart",
            keys=sorted(change.needs_restart),
            consequence="until then the old values count",
        )
