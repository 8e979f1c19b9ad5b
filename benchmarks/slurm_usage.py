"""What measuring a month costs on a real Slurm: commands, seconds, and memory.

    python benchmarks/slurm_usage.py

As root on Debian with Slurm installed (see ``scripts/test-real``). Jobs are put into slurmdbd's
tables: 50,000 in 200 accounts, then ten times as many.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE
from waldur_site_agent_slurm.backend import SlurmBackend
from waldur_site_agent_testkit.slurm.cluster import SlurmCluster
from waldur_site_agent_testkit.slurm.job_table import JobTable

if TYPE_CHECKING:
    from collections.abc import Sequence

ACCOUNTS = [f"a_{number:03}" for number in range(200)]
USERS_OF_EACH = 10
MONTHS = ((2024, 1), (2024, 2))
JANUARY, MARCH = (int(datetime(2024, month, 1, tzinfo=UTC).timestamp()) for month in (1, 3))
COMPONENTS = {
    "cpu": {"unit_factor": 60000, "accounting_type": "usage"},
    "mem": {"unit_factor": 61440, "accounting_type": "usage"},
}


def main() -> None:
    """Print a table; measuring itself runs in processes of its own, for their memory."""
    with SlurmCluster() as cluster:
        cluster.load("\n".join(accounts_file(cluster.name)))
        table = JobTable(cluster.layout)
        print(f"{'jobs':>9}{'accounts':>10}{'window':>10}{'commands':>25}{'seconds':>9}{'MB':>6}")
        there = 0
        for jobs in (0, 50_000, 500_000):
            if jobs > there:
                table.put_many(jobs - there, first=there, start=JANUARY, spread=MARCH - JANUARY)
            there = jobs
            for year, month in MONTHS:
                measure(cluster, jobs, year, month)


def accounts_file(cluster: str) -> list[str]:
    """200 accounts with 10 users each, as sacctmgr loads them."""
    lines = [f"Cluster - '{cluster}'", "Parent - 'root'"]
    lines += [f"Account - '{name}'" for name in ACCOUNTS]
    for number, name in enumerate(ACCOUNTS):
        first = number * USERS_OF_EACH
        users = (f"User - 'u{user:04}'" for user in range(first, first + USERS_OF_EACH))
        lines += [f"Parent - '{name}'", *users]
    return lines


def measure(cluster: SlurmCluster, jobs: int, year: int, month: int) -> None:
    """Measure a month in a process of its own."""
    cluster.reset_commands()
    argv = [sys.executable, __file__, cluster.name, cluster.bin_path, str(year), str(month)]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - our own words
    seconds, megabytes = done.stdout.split()
    commands = ", ".join(line.split()[0] for line in cluster.commands())
    window = f"{year}-{month:02}"
    print(f"{jobs:9,}{len(ACCOUNTS):10}{window:>10}{commands:>25}{seconds:>9}{megabytes:>6}")


def measure_here(name: str, bin_path: str, year: str, month: str) -> None:
    """Measure, and print the seconds and the most memory that this process ever had."""
    settings = {
        "slurm_bin_path": bin_path,
        "cluster_name": name,
        "default_account": "root",
        "command_timeout_seconds": 600,
    }
    backend = SlurmBackend(settings, COMPONENTS)
    begun = time.monotonic()
    measured = backend.measure_usage(ACCOUNTS, int(year), int(month))
    taken = time.monotonic() - begun
    if set(measured.report) != set(ACCOUNTS):
        raise SystemExit("not all accounts were measured")
    if not all(TOTAL_ACCOUNT_USAGE in of for of in measured.report.values()):
        raise SystemExit("a total is missing")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{taken:.2f} {most}")


def run(words: Sequence[str]) -> None:
    """Print the table, or be one of its processes."""
    if words:
        measure_here(*words)
    else:
        main()


if __name__ == "__main__":
    run(sys.argv[1:])
