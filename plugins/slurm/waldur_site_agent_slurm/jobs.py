"""Ending jobs before their users or accounts are removed, which Slurm refuses otherwise."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent_slurm.answers import JobsActiveError
from waldur_site_agent_slurm.memberships import Membership

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from waldur_site_agent_slurm.client import SlurmClient
    from waldur_site_agent_slurm.parser import Job

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
SLOWER = 2.0
"""Each pause is so many times as long as the one before."""


class JobEnding:
    """Cancels jobs and waits for their end, with one deadline for all of it.

    ``scancel`` only asks: jobs end later, and slurmdbd hears of it later still.
    """

    def __init__(self, client: SlurmClient, *, wait_seconds: float) -> None:
        """Begin; the deadline runs from now."""
        self._client = client
        self._deadline = time.monotonic() + wait_seconds
        self._pause = FIRST_PAUSE
        self.ended: frozenset[Membership] = frozenset()
        """Whose jobs were cancelled, names in lower case."""

    def end_all(self, account: str) -> bool:
        """End all jobs of an account; say whether none is left."""
        if not self._can_look():
            self._client.cancel_account(account)
            return True
        return self._end(
            lambda: self._client.active_jobs([account]),
            lambda _jobs: self._client.cancel_account(account),
        )

    def end_of(self, memberships: Collection[Membership]) -> frozenset[Membership]:
        """End the jobs of users on accounts; say whose have not ended in time."""
        if not memberships or not self._can_look():
            return frozenset()
        wanted = {each.folded: each for each in memberships}
        accounts = {each.account for each in wanted}

        def active() -> list[Job]:
            jobs = self._client.active_jobs(accounts)
            return [job for job in jobs if _of(job) in wanted]

        if self._end(active, self._client.cancel_jobs):
            return frozenset()
        return frozenset(wanted[_of(job)] for job in active())

    def remove(self, removal: Callable[[], object]) -> None:
        """Remove something, trying again while slurmdbd believes that jobs are running.

        Raises:
            JobsActiveError: it still does at the deadline.
        """
        while True:
            try:
                removal()
            except JobsActiveError:
                if not self.wait():
                    raise
            else:
                return

    def _end(self, active: Callable[[], list[Job]], cancel: Callable[[list[Job]], None]) -> bool:
        asked: frozenset[Job] = frozenset()
        while jobs := active():
            if frozenset(jobs) - asked:
                cancel(jobs)
                asked |= frozenset(jobs)
                self.ended |= frozenset(map(_of, jobs))
            if not self.wait():
                return False
        return True

    def wait(self) -> bool:
        """Pause a little; say whether there was time."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(self._pause, left))
        self._pause = min(self._pause * SLOWER, LONGEST_PAUSE)
        return True

    def _can_look(self) -> bool:
        if self._client.has_program("squeue"):
            return True
        logger.warning("squeue is not installed, so nobody waits for jobs to end")
        return False


def _of(job: Job) -> Membership:
    return Membership(job.account, job.user).folded
