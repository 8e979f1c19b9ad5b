"""Jobs: those that are not over, what was accounted for, and cancelling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_slurm.commands.lines import MOST_NAMES, Lines, account_list
from waldur_site_agent_slurm.job_rows import COLUMNS
from waldur_site_agent_slurm.names import account_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from waldur_site_agent_slurm.windows import Window


class JobCommands(Lines):
    """squeue, sacct and scancel."""

    def jobs(self, accounts: Collection[str]) -> list[str]:
        """List the jobs of accounts, or where those are many, of all: ids, users and accounts."""
        return self._line(
            "squeue",
            *self._on_cluster(),
            "--noheader",
            "--states=all",
            *((f"--account={account_list(accounts)}",) if len(accounts) <= MOST_NAMES else ()),
            "--format=%F|%u|%T|%a",
        )

    def usage(self, accounts: Collection[str], window: Window, tres: str) -> list[str]:
        """List jobs with the seconds that each ran in a window; steps are left out.

        The jobs are those of the accounts, or where those are many, of all. A job that was requeued
        or resized has a row for each of its runs (``--duplicates``).

        Args:
            accounts: whose jobs.
            window: what jobs are cut to.
            tres: the column that tells a job's TRES.
        """
        named = (f"--accounts={account_list(accounts)}",) if len(accounts) <= MOST_NAMES else ()
        return self._accounting(window, tres, "--truncate", *named)

    def runs(
        self, job_ids: Collection[str], window: Window, tres: str, *, is_cut: bool
    ) -> list[str]:
        """List all runs of at most ``MOST_NAMES`` jobs, cut to a window or with all their time."""
        cut = ("--truncate",) if is_cut else ()
        return self._accounting(window, tres, *cut, f"--jobs={','.join(job_ids)}")

    def _accounting(self, window: Window, tres: str, *which: str) -> list[str]:
        return self._line(
            "sacct",
            *self._on_cluster(),
            "--parsable2",
            "--noheader",
            "--noconvert",
            "--duplicates",
            "--allocations",
            "--allusers",
            f"--starttime=uts{window.start}",
            f"--endtime=uts{window.end}",
            *which,
            f"--format={','.join((*COLUMNS, tres))}",
        )

    def cancel_account(self, account: str) -> list[str]:
        """Cancel all jobs of an account."""
        return self._line("scancel", *self._on_cluster(), f"--account={account_name(account)}")

    def cancel_jobs(self, job_ids: Iterable[str]) -> list[str]:
        """Cancel jobs."""
        return self._line("scancel", *self._on_cluster(), *job_ids)
