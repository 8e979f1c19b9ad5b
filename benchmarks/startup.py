"""What starting costs: CPU seconds and peak memory of the commands that are started often.

    python benchmarks/startup.py

Each is started several times; the figures are the medians. Modules must be compiled already, so a
first start is not counted.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from running_agent import cpu_seconds, peak_megabytes

COMMANDS = Path(sys.executable).parent
TIMES = 7
MODES = {"order_process": (), "run": ("run",)}
"""With three Slurm offerings."""
HEARTBEAT = "WALDUR_SITE_AGENT_HEARTBEAT_FILE"


class Cost(NamedTuple):
    """What one process took."""

    wall_seconds: float
    cpu_seconds: float
    peak_megabytes: float


def main() -> None:
    """Print a table."""
    print(f"{'':34}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}")
    with tempfile.TemporaryDirectory() as folder:
        os.environ[HEARTBEAT] = str(Path(folder) / "heartbeat")
        Path(os.environ[HEARTBEAT]).touch()
        bare = [sys.executable, "-c", "pass"]
        tell("Python itself", bare)
        tell("waldur_site_agent --help", command("waldur_site_agent", "--help"))
        probe = command("waldur_site_healthz", "--liveness-only")
        tell("waldur_site_healthz --liveness-only", probe)
        # Imported only now: a child's peak begins at what its parent has when it is made.
        from demo_site import demo_site  # noqa: PLC0415 - see above

        with demo_site() as site:
            for what, words in MODES.items():
                ready = [until_ready(site.command(*words)) for _ in range(TIMES + 1)][1:]
                show(f"agent.ready, {what}", ready)


def command(name: str, *words: str) -> list[str]:
    """One of the installed commands."""
    return [str(COMMANDS / name), *words]


def tell(what: str, argv: list[str]) -> None:
    """Measure a command that ends by itself."""
    show(what, [until_end(argv) for _ in range(TIMES + 1)][1:])


def show(what: str, costs: list[Cost]) -> None:
    """Print the medians."""
    wall, cpu, peak = (median(column) for column in zip(*costs, strict=True))
    print(f"{what:34}{wall:8.2f}{cpu:8.2f}{peak:9.1f}")


def until_end(argv: list[str]) -> Cost:
    """Run a command to its end."""
    begun = time.perf_counter()
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)  # noqa: S603 - our own commands
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - begun
    if process.returncode:
        raise SystemExit(f"{argv} ended with {process.returncode}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def until_ready(argv: list[str]) -> Cost:
    """Start the agent, and end it once it says that it is ready."""
    begun = time.perf_counter()
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own commands
        for line in process.stdout or ():
            if '"agent.ready"' in line:
                break
        cost = Cost(
            time.perf_counter() - begun, cpu_seconds(process.pid), peak_megabytes(process.pid)
        )
        process.send_signal(signal.SIGTERM)
        process.communicate()
    return cost


if __name__ == "__main__":
    main()
