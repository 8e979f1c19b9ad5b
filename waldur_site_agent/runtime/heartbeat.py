"""How a liveness probe is told that the agent makes progress: by a file's age, or over HTTP."""

from __future__ import annotations

import os
import time
from pathlib import Path

VARIABLE = "WALDUR_SITE_AGENT_HEARTBEAT_FILE"
DEFAULT = "/tmp/waldur-site-agent-heartbeat"  # noqa: S108 - where probes of the 1.x agent look


STALE_SECONDS = 300.0
"""How old the last beat may be."""


class _Beats:
    """This process's own: the file may be another's as well."""

    last = time.monotonic()


def path() -> Path:
    """Where the heartbeat is: the environment's word, or where the 1.x agent has it."""
    return Path(os.environ.get(VARIABLE) or DEFAULT)


def beat(file: Path) -> None:
    """Show that the process is alive; never follows a symbolic link, never raises.

    A heartbeat that cannot be written shows in the probe, which is what a probe is for.
    """
    _Beats.last = time.monotonic()
    # Not blocking, as somebody may have put a pipe there that nobody reads.
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        descriptor = os.open(file, flags, 0o644)
    except OSError:
        return
    try:
        os.utime(descriptor)
    finally:
        os.close(descriptor)


def progress_age_seconds() -> float:
    """Seconds since this process last beat, or started."""
    return time.monotonic() - _Beats.last


def age_seconds(file: Path) -> float | None:
    """Seconds since the last beat; None when there never was one.

    One from the future is as far from now as one from the past: the clock was set back, and an
    agent that lives has beaten since.
    """
    try:
        return abs(time.time() - file.lstat().st_mtime)
    except OSError:
        return None
