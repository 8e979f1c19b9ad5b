"""The agent's own command as a running process, and what it uses, by the kernel's account."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS = Path(sys.executable).parent
END_SECONDS = 60


@contextmanager
def running_agent(config: Path, *words: str, **variables: str) -> Iterator[int]:
    """Run the agent in a folder of its own and end it; its process id.

    What it logs goes to ``agent.log`` beside the configuration.
    """
    folder = config.parent
    heartbeat = {"WALDUR_SITE_AGENT_HEARTBEAT_FILE": str(folder / "heartbeat")}
    with (folder / "agent.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [str(COMMANDS / "waldur_site_agent"), *words, "-c", str(config)],
            stdout=log,
            stderr=log,
            env={**os.environ, **heartbeat, **variables},
        )
        try:
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(END_SECONDS)


def cpu_seconds(pid: int) -> float:
    """What a running process has used; its children are not counted."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_megabytes(pid: int) -> float:
    """The most memory that a running process has had."""
    return _status(pid, "VmHWM") / 1024


def resident_megabytes(pid: int) -> float:
    """The memory that it has now."""
    return _status(pid, "VmRSS") / 1024


def threads(pid: int) -> int:
    """How many threads it has now."""
    return _status(pid, "Threads")


def _status(pid: int, name: str) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1])
