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
from waldur_site_agent_slurm.memberships import Membership, products, removals

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from waldur_site_agent_slurm.client import SlurmClient
    from waldur_site_agent_slurm.commands import Grant
    from waldur_site_agent_slurm.settings import SlurmSettings
    from waldur_site_agent_slurm.snapshot import AssociationSnapshot

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
        self._defaults = DefaultAccounts(client, settings)

    def change(
        self, joinings: Sequence[Joining], leaving: Collection[Membership]
    ) -> frozenset[Membership]:
        """Put users on accounts and take others off, after ending their jobs on them.

        Args:
            joinings: who comes: with names that are names, and Unix accounts.
            leaving: who goes.

        Returns:
            Who stays for now, because of jobs that have not ended in time.

        Raises:
            BackendUnavailableError: Slurm could not be asked.
        """
        with self._client.one_view():
            coming, going = self._coming(joinings), self._going(leaving)
            if not coming and not going:
                return frozenset()
            defaults = self._join(coming)
            busy = self._leave(going, defaults)
            self._client.refresh()
            return busy

    # Coming

    def _coming(self, joinings: Sequence[Joining]) -> list[Joining]:
        """What is to be added, where it is enough for a file."""
        missing = list(self._missing(joinings))
        return missing if len(missing) >= FEWEST_ACCOUNTS and self._cluster else []

    def _join(self, joinings: Sequence[Joining]) -> dict[str, str]:
        """Put users on accounts.

        Returns:
            Default accounts that users who had others are to get now, as they do when they are put
            on a single account.
        """
        known = {user for each in joinings for user in each.users if self._accounts_of(user)}
        for some in _portions(joinings):
            self._load(some)
        return {
            user: each.grant.default_account
            for each in joinings
            for user in each.users
            if user in known and each.grant.default_account and self._is_on(each.account, user)
        }

    @property
    def _cluster(self) -> str:
        clusters = self._client.snapshot().clusters
        return next(iter(clusters)) if len(clusters) == 1 else ""

    def _missing(self, joinings: Sequence[Joining]) -> Iterator[Joining]:
        """What is to be added, where that is sure to be possible."""
        view = self._client.snapshot()
        for each in joinings:
            users = tuple(user for user in each.users if not self._is_on(each.account, user))
            default = each.grant.default_account
            if users and view.account(each.account) and (not default or view.account(default)):
                yield Joining(account=each.account, users=users, grant=each.grant)

    def _load(self, joinings: Sequence[Joining]) -> None:
        text = load_file(self._cluster, joinings, self._client.snapshot())

        try:
            self._client.load(text, effect=lambda view: _put(view, joinings))
        except CommandRefusedError as error:
            logger.info("Members are added by single commands: %s", presentable(str(error)))
            self._add(joinings)

    def _add(self, joinings: Sequence[Joining]) -> None:
        """Do without a file, as operators have to: only Slurm's administrators may load one."""
        by_grant: dict[Grant, list[Membership]] = defaultdict(list)
        for each in joinings:
            by_grant[each.grant] += [Membership(each.account, user) for user in each.users]
        words = self._client.commands.add_users
        self._client.carry_out(
            [
                words(each.users, each.accounts, grant)
                for grant, memberships in by_grant.items()
                for each in products(memberships)
            ]
        )

    # Going

    def _going(self, leaving: Collection[Membership]) -> frozenset[Membership]:
        """What is to be removed, where it is enough for a script."""
        present = self._present(leaving)
        accounts = {each.account for each in present}
        return present if len(accounts) >= FEWEST_ACCOUNTS else frozenset()

    def _leave(
        self, leaving: frozenset[Membership], defaults: Mapping[str, str]
    ) -> frozenset[Membership]:
        ending = JobEnding(self._client, wait_seconds=self._settings.job_wait_seconds)
        busy = ending.end_of(leaving)
        self._remove(leaving - busy, ending, defaults)
        return busy

    def _present(self, leaving: Collection[Membership]) -> frozenset[Membership]:
        return frozenset(each for each in leaving if self._is_on(each.account, each.user))

    def _remove(
        self, leaving: frozenset[Membership], ending: JobEnding, defaults: Mapping[str, str]
    ) -> None:
        """Remove them, after giving those another default account who lose theirs."""
        staying = self._staying(leaving)
        plan = self._defaults.plan(leaving, staying, defaults)
        with _refusals_told("Members have to be removed account by account"):
            self._defaults.change(plan.changes)
            self._carry_out(leaving, ending, staying, plan.after)

    def _carry_out(
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
            planned = [
                *removals({m for m in leaving if m.user.lower() not in late}, staying, defaults),
                *removals({m for m in leaving if m.user.lower() in late}, staying, defaults),
            ]
            words = self._client.commands.remove_users
            refusals = self._client.carry_out(
                [words(each.users, *each.accounts) for each in planned]
            )
            if not _is_worth_waiting(refusals) or not ending.wait():
                return
            leaving = self._present(leaving)

    def _staying(self, leaving: Collection[Membership]) -> dict[str, list[str]]:
        """By user, the accounts that the user keeps."""
        going: dict[str, set[str]] = defaultdict(set)
        for each in leaving:
            going[each.user].add(each.account.lower())
        return {
            user: [name for name in self._accounts_of(user) if name not in accounts]
            for user, accounts in going.items()
        }

    def _is_on(self, account: str, user: str) -> bool:
        return self._client.snapshot().has_user(account, user)

    def _accounts_of(self, user: str) -> list[str]:
        return self._client.snapshot().accounts_of_user(user)


def _put(view: AssociationSnapshot, joinings: Sequence[Joining]) -> None:
    """Keep who was loaded: on the account, and on the default account."""
    users: dict[str, list[str]] = defaultdict(list)
    for each in joinings:
        for account in {each.account, each.grant.default_account or each.account}:
            users[account] += each.users
    for account, some in users.items():
        view.put_users(account, some)


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
