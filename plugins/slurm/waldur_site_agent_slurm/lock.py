"""One writer for each cluster: slurmdbd loses writes, and can abort, where several work at once.

Within the process a lock; among the processes of this host an advisory lock on a file.
"""

from __future__ import annotations

import fcntl
import os
import stat
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import BackendUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

POLL_SECONDS = 0.05
_guard = threading.Lock()
_threads: dict[str, threading.RLock] = {}


class WriterLock:
    """Held for as long as one command that writes takes."""

    def __init__(self, *, cluster: str, directory: str, timeout_seconds: float) -> None:
        """Choose the lock; nothing is locked yet.

        Args:
            cluster: the cluster's name, or empty.
            directory: where the file lies; empty for a folder of this user's own.
            timeout_seconds: how long to wait for another writer.
        """
        self._folder = Path(directory) if directory else _own_folder()
        self._path = self._folder / f"slurm-{cluster or 'default'}.lock"
        self._timeout = timeout_seconds
        self._warned = False
        with _guard:
            self._thread = _threads.setdefault(str(self._path), threading.RLock())

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be the only writer.

        Raises:
            BackendUnavailableError: another one did not finish in time.
        """
        deadline = time.monotonic() + self._timeout
        if not self._thread.acquire(timeout=self._timeout):
            raise self._busy()
        try:
            handle = self._open()
            try:
                self._lock(handle, deadline)
                yield
            finally:
                if handle is not None:
                    os.close(handle)
        finally:
            self._thread.release()

    def _open(self) -> int | None:
        """Open the file, following no link that somebody else may have laid."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _require_own(self._folder)
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            return os.open(self._path, flags, 0o600)
        except OSError as error:
            self._warn(error)
            return None

    def _lock(self, handle: int | None, deadline: float) -> None:
        while handle is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise self._busy() from None
                time.sleep(POLL_SECONDS)
            else:
                return

    def _busy(self) -> BackendUnavailableError:
        return BackendUnavailableError(
            f"another writer holds {self._path} for more than {self._timeout:g} seconds"
        )

    def _warn(self, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            logger.warning(
                "The lock %s cannot be had (%s): run no second agent for this cluster here, "
                "or set backend_settings.lock_directory",
                self._path,
                error.strerror,
            )


def _own_folder() -> Path:
    if os.geteuid() == 0:
        return Path("/run/waldur-site-agent")
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime:
        return Path(runtime) / "waldur-site-agent"
    return Path(f"/var/tmp/waldur-site-agent-{os.geteuid()}")  # noqa: S108 - checked to be ours before use


def _require_own(folder: Path) -> None:
    """Refuse a folder in which others could replace the file."""
    found = folder.lstat()
    safe = stat.S_ISDIR(found.st_mode) and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if not safe or found.st_uid not in (0, os.geteuid()):
        raise PermissionError(1, "others may write to its folder", str(folder))
