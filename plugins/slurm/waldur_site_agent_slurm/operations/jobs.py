"""Jobs: those that are not over, what was accounted for, and cancelling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_slurm.commands import MOST_NAMES
from waldur_site_agent_slurm.job_rows import ASKED, HELD
from waldur_site_agent_slurm.operations.running import Running
from waldur_site_agent_slurm.parser import parse_active_jobs
from waldur_site_agent_slurm.settings import UsageTres

if TYPE_CHECKING:
    from collections.abc import Collection, Generator

    from waldur_site_agent_slurm.parser import Job
    from waldur_site_agent_slurm.windows import Window


class JobOperations(Running):
    """squeue, sacct and scancel."""

    def active_jobs(self, accounts: Collection[str]) -> list[Job]:
        """Jobs of accounts that are not over."""
        return parse_active_jobs(self._read(self.commands.jobs(accounts))) if accounts else []

    def read_jobs(self, accounts: Collection[str], window: Window) -> Generator[str]:
        """Read sacct's lines about the jobs of accounts in a window; see :mod:`job_rows`.

        Jobs of other accounts may be among them. Until the last line was read without an error,
        none of them is to be believed. Closing the generator ends sacct.

        Raises:
            BackendUnavailableError: not all of them could be read.
        """
        if accounts:
            yield from self._lines_of(self.commands.usage(accounts, window, self._tres_column))

    def read_runs(
        self, job_ids: Collection[str], window: Window, *, is_cut: bool
    ) -> Generator[str]:
        """Read the same about all runs of jobs, cut to a window or with all their time."""
        names = sorted(job_ids)
        for start in range(0, len(names), MOST_NAMES):
            some = names[start : start + MOST_NAMES]
            yield from self._lines_of(
                self.commands.runs(some, window, self._tres_column, is_cut=is_cut)
            )

    @property
    def _tres_column(self) -> str:
        is_held = self._settings.usage_tres is UsageTres.ALLOCATED
        return HELD if is_held else ASKED

    def cancel_account(self, account: str) -> None:
        """Cancel all jobs of an account; they end a little later."""
        self.execute_command(self.commands.cancel_account(account))

    def cancel_jobs(self, jobs: Collection[Job]) -> None:
        """Cancel jobs; they end a little later."""
        self.execute_command(self.commands.cancel_jobs(sorted({job.job_id for job in jobs})))
