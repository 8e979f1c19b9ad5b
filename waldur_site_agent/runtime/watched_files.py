"""Noticing that files changed, once whoever writes them is done."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

Mark: TypeAlias = tuple[int, int, int] | None
"""Tells versions of a file apart; None is that of a file which is not there."""

SETTLED_SECONDS = 1.0
"""How long files have to look the same before they are read."""


def mark_of(file: Path) -> Mark:
    """Mark the version of a file, without reading it. Links are followed."""
    try:
        found = file.stat()
    except (OSError, ValueError):
        # ValueError: a NUL in the path.
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class WatchedFiles:
    """Some files, and the version of each that was read last."""

    def __init__(
        self,
        files: Iterable[Path],
        *,
        look: Callable[[Path], Mark] = mark_of,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the files as they are now for read."""
        self._look = look
        self._clock = clock
        self._read = {file: look(file) for file in files}
        self._seen = dict(self._read)
        self._since = clock()

    def watch(self, files: Iterable[Path]) -> None:
        """Watch these from now on and no others; one that is new is taken for read as it is."""
        self._read = {file: self._known(file) for file in files}
        self._seen = dict(self._read)

    def add(self, files: Iterable[Path]) -> None:
        """Watch these as well."""
        self.watch({*self._read, *files})

    def take_as_read(self) -> None:
        """Take the files as they are now for read."""
        self._read = self._marks()
        self._seen = dict(self._read)

    @property
    def are_unsettled(self) -> bool:
        """Whether something changed, and may still be changing."""
        return self._seen != self._read

    def have_changed(self) -> bool:
        """Whether they are other versions than those that were read, and have settled."""
        now = self._marks()
        if now != self._seen:
            self._seen, self._since = now, self._clock()
            return False
        return self.are_unsettled and self._clock() - self._since >= SETTLED_SECONDS

    def _marks(self) -> dict[Path, Mark]:
        return {file: self._look(file) for file in self._read}

    def _known(self, file: Path) -> Mark:
        return self._read[file] if file in self._read else self._look(file)
