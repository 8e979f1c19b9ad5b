"""What taking new settings over costs, and whether anything is left behind each time.

    python benchmarks/reloads.py [--times 1000]

The demo's three Slurm offerings, polled, with log shipping; every one of them changes each time.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import time
from pathlib import Path
from statistics import median

from demo_site import demo_site
from running_agent import resident_megabytes, threads

SHIPPING = "log_shipping: {enabled: true, log_level: INFO, ship_interval_seconds: 10}\n"
CHANGED = "customer_prefix: c_"
LINES = 5


def main() -> None:
    """Print a line from time to time."""
    times = _arguments().times
    with demo_site() as site:
        text = SHIPPING + site.config_file.read_text()
        site.config_file.write_text(text)
        print(f"{'reloads':>8}{'median ms':>11}{'MB':>7}{'threads':>9}{'files':>7}")
        with subprocess.Popen(site.command("run"), stdout=subprocess.PIPE, text=True) as agent:  # noqa: S603 - our own command
            _wait_for(agent, "agent.ready")
            took: list[float] = []
            for number in range(1, times + 1):
                site.config_file.write_text(text.replace(CHANGED, f"customer_prefix: c{number}_"))
                took.append(_seconds_of_a_reload(agent))
                if number % (times // LINES) == 0:
                    _tell(number, took, agent.pid)
            agent.send_signal(signal.SIGTERM)
            agent.communicate()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=1000, metavar="N")
    return parser.parse_args()


def _seconds_of_a_reload(agent: subprocess.Popen[str]) -> float:
    begun = time.perf_counter()
    agent.send_signal(signal.SIGHUP)
    _wait_for(agent, "configuration.reloaded")
    return time.perf_counter() - begun


def _wait_for(agent: subprocess.Popen[str], event: str) -> None:
    for line in agent.stdout or ():
        if json.loads(line)["event"] == event:
            return
    raise SystemExit(f"The agent ended before it told {event}.")


def _tell(number: int, took: list[float], pid: int) -> None:
    files = len(list(Path("/proc", str(pid), "fd").iterdir()))
    print(
        f"{number:8}{1000 * median(took):11.1f}{resident_megabytes(pid):7.1f}"
        f"{threads(pid):9}{files:7}",
        flush=True,
    )


if __name__ == "__main__":
    main()
