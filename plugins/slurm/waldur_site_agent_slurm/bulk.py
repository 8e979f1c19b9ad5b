"""Many members of many accounts by a handful of processes.

What is done here is done for speed alone: whatever it could not do it leaves as it was, for
:class:`~waldur_site_agent_slurm.members.Members` to do account by account, and to say why if that
fails, too.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
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
from waldur_site_agent_slurm.load_file import Joining, load_file
from waldur_site_agent_slurm.memberships import Membership, removals

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from waldur_site_agent_slurm.client import SlurmClient
    from waldur_site_agent_slurm.settings import SlurmSettings

FEWEST_ACCOUNTS = 2
"""For fewer, the commands of a single account are as few."""
MOST_LINES = 4000
"""Users in one file to load: about ten seconds' worth."""


class BulkMembers:
    """Puts users on many accounts, and takes them off."""

    def __init__(self, client: SlurmClient, settings: SlurmSettings) -> None:
        """Work through a client."""
        self._client = client
        self._settings = settings
        self._defaults = DefaultAccounts(client, common=settings.default_account)

    def join(self, joinings: Sequence[Joining]) -> None:
        """Put users on accounts; they have Unix accounts, and names that are names.

        Raises:
            BackendUnavailableError: Slurm could not be asked.
        """
        missing = list(self._missing(joinings))
        if len(missing) < FEWEST_ACCOUNTS or not self._cluster:
            return
        known = {user for each in missing for user in each.users if self._accounts_of(user)}
        for some in _portions(missing):
            self._load(some)
        self._follow_defaults(missing, known)

    @property
    def _cluster(self) -> str:
        clusters = self._client.snapshot().clusters
        return next(iter(clusters)) if len(clusters) == 1 else ""

    def _missing(self, joinings: Sequence[Joining]) -> Iterator[Joining]:
        """What is to be added, where that is sure to be possible."""
        view = self._client.snapshot()
        for each in joinings:
            users = tuple(u for u in each.users if not view.has_user(each.account, u))
            default = each.grant.default_account
            if users and view.account(each.account) and (not default or view.account(default)):
                yield Joining(account=each.account, users=users, grant=each.grant)

    def _load(self, joinings: Sequence[Joining]) -> None:
        text = load_file(self._cluster, joinings, self._client.snapshot())
        with _refusals_told("Members have to be added account by account"):
            self._client.load(text)

    def _follow_defaults(self, joinings: Sequence[Joining], known: Collection[str]) -> None:
        """Change the default of users who had one, as putting them on a single account does."""
        view = self._client.snapshot()
        wanted = {
            user: each.grant.default_account
            for each in joinings
            for user in each.users
            if user in known and each.grant.default_account and view.has_user(each.account, user)
        }
        with _refusals_told("Default accounts were not changed"):
            self._defaults.make_so(wanted)

    # Leaving

    def leave(self, leaving: Collection[Membership]) -> frozenset[Membership]:
        """Take users off accounts, after ending their jobs on them.

        Returns:
            Those whose jobs have not ended in time; they stay.

        Raises:
            BackendUnavailableError: Slurm could not be asked.
        """
        present = self._present(leaving)
        if len({each.account for each in present}) < FEWEST_ACCOUNTS:
            return frozenset()
        ending = JobEnding(self._client, wait_seconds=self._settings.job_wait_seconds)
        busy = ending.end_of(present)
        self._remove(present - busy, ending)
        return busy

    def _present(self, leaving: Collection[Membership]) -> frozenset[Membership]:
        view = self._client.snapshot()
        return frozenset(each for each in leaving if view.has_user(each.account, each.user))

    def _remove(self, leaving: frozenset[Membership], ending: JobEnding) -> None:
        """Remove them, again while slurmdbd believes that jobs of some are running."""
        while leaving:
            refusals = self._remove_once(leaving)
            if not _is_worth_waiting(refusals) or not ending.wait():
                return
            leaving = self._present(leaving)

    def _remove_once(self, leaving: frozenset[Membership]) -> list[CommandRefusedError]:
        staying = self._staying(leaving)
        departure = self._defaults.departure(leaving, staying)
        try:
            self._defaults.change(departure.next)
        except CommandRefusedError as error:
            return [error]
        words = self._client.commands.remove_users
        planned = removals(leaving, staying=staying, defaults=departure.found)
        return self._client.carry_out([words(each.users, *each.accounts) for each in planned])

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


@contextmanager
def _refusals_told(what: str) -> Iterator[None]:
    try:
        yield
    except CommandRefusedError as error:
        logger.warning("%s: %s", what, presentable(str(error)))


def _is_worth_waiting(refusals: Sequence[CommandRefusedError]) -> bool:
    return any(isinstance(each, JobsActiveError | PassingError) for each in refusals)


def _portions(joinings: Sequence[Joining]) -> Iterator[list[Joining]]:
    """Parts of a size that one process takes a few seconds for."""
    part: list[Joining] = []
    for each in joinings:
        part.append(each)
        if sum(len(joining.users) for joining in part) >= MOST_LINES:
            yield part
            part = []
    if part:
        yield part
