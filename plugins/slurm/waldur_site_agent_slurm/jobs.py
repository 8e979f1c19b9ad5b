"""Ending jobs before their users or accounts are removed, which Slurm refuses otherwise."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent_slurm.answers import JobsActiveError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from waldur_site_agent_slurm.client import SlurmClient
    from waldur_site_agent_slurm.parser import Job

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0


class JobEnding:
    """Cancels jobs and waits for their end, with one deadline for all of it.

    ``scancel`` only asks: jobs end later, and slurmdbd hears of it later still.
    """

    def __init__(self, client: SlurmClient, *, wait_seconds: float) -> None:
        """Begin; the deadline runs from now."""
        self._client = client
        self._deadline = time.monotonic() + wait_seconds
        self._pause = FIRST_PAUSE

    def end_all(self, account: str) -> bool:
        """End all jobs of an account; say whether none is left."""
        if not self._can_look():
            self._client.cancel_account(account)
            return True
        return self._end(
            lambda: self._client.active_jobs(account),
            lambda _jobs: self._client.cancel_account(account),
        )

    def end_of_users(self, account: str, users: Collection[str]) -> bool:
        """End the jobs of some of an account's users; say whether none is left."""
        if not self._can_look():
            return True
        wanted = {user.lower() for user in users}

        def active() -> list[Job]:
            return [job for job in self._client.active_jobs(account) if job.user.lower() in wanted]

        return self._end(active, self._client.cancel_jobs)

    def remove(self, removal: Callable[[], object]) -> None:
        """Remove something, trying again while slurmdbd believes that jobs are running.

        Raises:
            JobsActiveError: it still does at the deadline.
        """
        while True:
            try:
                removal()
            except JobsActiveError:
                if not self._wait():
                    raise
            else:
                return

    def _end(self, active: Callable[[], list[Job]], cancel: Callable[[list[Job]], None]) -> bool:
        asked: frozenset[Job] = frozenset()
        while jobs := active():
            if frozenset(jobs) - asked:
                cancel(jobs)
                asked |= frozenset(jobs)
            if not self._wait():
                return False
        return True

    def _wait(self) -> bool:
        """Pause a little; say whether there was time."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(self._pause, left))
        self._pause = min(self._pause * 1.5, LONGEST_PAUSE)
        return True

    def _can_look(self) -> bool:
        if self._client.has_program("squeue"):
            return True
        logger.warning("squeue is not installed, so nobody waits for jobs to end")
        return False
