"""Taking users off many accounts by one process, once their jobs have ended."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent_slurm.answers import (
    CommandRefusedError,
    JobsActiveError,
    PassingError,
    presentable,
)
from waldur_site_agent_slurm.defaults import DefaultAccounts
from waldur_site_agent_slurm.jobs import JobEnding
from waldur_site_agent_slurm.memberships import Membership, removals

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from waldur_site_agent_slurm.client import SlurmClient
    from waldur_site_agent_slurm.memberships import Product
    from waldur_site_agent_slurm.settings import SlurmSettings


class Leavers:
    """Users who leave accounts."""

    def __init__(self, client: SlurmClient, settings: SlurmSettings) -> None:
        """Work through a client."""
        self._client = client
        self._settings = settings
        self._defaults = DefaultAccounts(client, settings)

    def present(self, leaving: Iterable[Membership]) -> frozenset[Membership]:
        """Who of them is there to be removed."""
        view = self._client.snapshot()
        return frozenset(each for each in leaving if view.has_user(each.account, each.user))

    def remove(
        self, leaving: frozenset[Membership], defaults: Mapping[str, str]
    ) -> frozenset[Membership]:
        """Take users off accounts, after ending their jobs on them.

        Args:
            leaving: who is there to be removed.
            defaults: default accounts that users, also others, are to have.

        Returns:
            Who stays for now, because of jobs that have not ended in time.
        """
        ending = JobEnding(self._client, wait_seconds=self._settings.job_wait_seconds)
        busy = ending.end_of(leaving)
        going = leaving - busy
        staying = self._staying(going)
        plan = self._defaults.plan(going, staying, defaults)
        try:
            self._defaults.change(plan.changes)
        except CommandRefusedError as error:
            logger.warning("Default accounts were not changed: %s", presentable(str(error)))
        else:
            self._remove(going, ending, staying, plan.after)
        return busy

    def _staying(self, leaving: Collection[Membership]) -> dict[str, list[str]]:
        """By user, the accounts that the user keeps."""
        going: dict[str, set[str]] = defaultdict(set)
        for each in leaving:
            going[each.user].add(each.account.lower())
        return {
            user: [name for name in self._accounts_of(user) if name not in accounts]
            for user, accounts in going.items()
        }

    def _accounts_of(self, user: str) -> list[str]:
        return self._client.snapshot().accounts_of_user(user)

    def _remove(
        self,
        leaving: frozenset[Membership],
        ending: JobEnding,
        staying: Mapping[str, Collection[str]],
        defaults: Mapping[str, str],
    ) -> None:
        """Remove them, again while slurmdbd believes that jobs of some are running.

        It hears late of the jobs that were just ended, so the users of those come last.
        """
        late = {each.user for each in ending.ended}
        while leaving:
            last = {each for each in leaving if each.user.lower() in late}
            refusals = self._carry_out(
                [
                    *removals(leaving - last, staying, defaults),
                    *removals(last, staying, defaults),
                ]
            )
            if not _is_worth_waiting(refusals) or not ending.wait():
                return
            leaving = self.present(leaving)

    def _carry_out(self, planned: Sequence[Product]) -> list[CommandRefusedError]:
        words = self._client.commands.remove_users
        return self._client.carry_out([words(each.users, *each.accounts) for each in planned])


def _is_worth_waiting(refusals: Sequence[CommandRefusedError]) -> bool:
    return any(isinstance(each, JobsActiveError | PassingError) for each in refusals)
