"""Putting users on accounts and taking them off, many by one command."""

from __future__ import annotations

import pwd
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.structures import AddedUsers, RemovedUsers
from waldur_site_agent_slurm.answers import presentable
from waldur_site_agent_slurm.defaults import DefaultAccounts
from waldur_site_agent_slurm.jobs import JobEnding
from waldur_site_agent_slurm.memberships import Membership
from waldur_site_agent_slurm.names import user_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from waldur_site_agent_slurm.client import SlurmClient
    from waldur_site_agent_slurm.commands import Grant
    from waldur_site_agent_slurm.settings import SlurmSettings

MOST_AT_ONCE = 500
"""Users on one command line."""
NO_UNIX_ACCOUNT = "has no Unix account on this host yet"
JOBS_LEFT = "has jobs that have not ended yet"


class Members:
    """The users of a cluster's accounts."""

    def __init__(self, client: SlurmClient, settings: SlurmSettings) -> None:
        """Work through a client."""
        self._client = client
        self._settings = settings
        self._defaults = DefaultAccounts(client, settings)

    def add(self, account: str, users: Collection[str], grant: Grant) -> AddedUsers:
        """Put users on an account.

        Users without a Unix account are left out unless ``require_unix_accounts`` is false:
        slurmctld remembers the failed look-up, and refuses their jobs even after they got one.

        Raises:
            BackendError: there is no such account.
            BackendUnavailableError: Slurm could not be asked.
        """
        self._client.existing(account)
        failed = {user: why for user in users if (why := self._objection(user))}
        present = {user for user in users if self._is_on(account, user)}
        new = sorted(set(users) - failed.keys() - present)
        failed |= _in_batches(new, lambda some: self._client.add_users(some, account, grant))
        on = (set(users) - failed.keys()) | present
        return _answer(on, {user: why for user, why in failed.items() if user not in present})

    def _is_on(self, account: str, user: str) -> bool:
        return self._client.snapshot().has_user(account, user)

    def admissible(self, users: Collection[str]) -> tuple[str, ...]:
        """Those of whom nothing speaks against being put on an account, each once, sorted."""
        once = {user.lower(): user for user in sorted(users, reverse=True) if user.strip()}
        return tuple(sorted(user for user in once.values() if not self._objection(user)))

    def _objection(self, user: str) -> str:
        """Why a user cannot be put on any account; empty where nothing speaks against it."""
        try:
            user_name(user)
        except BackendError as error:
            return str(error)
        if self._settings.require_unix_accounts and not has_unix_account(user):
            return NO_UNIX_ACCOUNT
        return ""

    def remove(self, account: str, users: Collection[str]) -> RemovedUsers:
        """Take users off an account, after ending their jobs on it.

        Raises:
            BackendUnavailableError: Slurm could not be asked.
        """
        present = [user for user in users if self._is_on(account, user)]
        ending = JobEnding(self._client, wait_seconds=self._settings.job_wait_seconds)
        running = ending.end_of([Membership(account, user) for user in present])
        busy = {membership.user: JOBS_LEFT for membership in running}
        removed = self.take_off(account, set(users) - busy.keys(), ending)
        return RemovedUsers(removed, removed.failed | busy)

    def take_off(self, account: str, users: Collection[str], ending: JobEnding) -> RemovedUsers:
        """Take users off an account whose jobs on it were ended.

        Slurm 22.05 refuses to remove, by one command, users whose only account this is together
        with users who have others.
        """
        others = {user: self._others(account, user) for user in users if self._is_on(account, user)}
        staying = {user: accounts for user, accounts in others.items() if accounts}
        leaving = [Membership(account, user) for user in staying]
        self._defaults.change(self._defaults.plan(leaving, staying).changes)
        failed: dict[str, str] = {}
        for group in (staying.keys(), others.keys() - staying.keys()):
            failed |= _in_batches(
                sorted(group),
                lambda some: ending.remove(lambda: self._client.remove_users(some, account)),
            )
        return RemovedUsers(sorted(set(users) - failed.keys()), failed)

    def _others(self, account: str, user: str) -> list[str]:
        names = self._client.snapshot().accounts_of_user(user)
        return [name for name in names if name != account.lower()]


def _answer(on: set[str], others: Mapping[str, str]) -> AddedUsers:
    """Tell who waits for an account of the system from those who failed."""
    waiting = {user: why for user, why in others.items() if why == NO_UNIX_ACCOUNT}
    failed = {user: why for user, why in others.items() if user not in waiting}
    return AddedUsers(on, failed, waiting)


def has_unix_account(user: str) -> bool:
    """Whether the system knows a user, by whatever name service it uses."""
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def _in_batches(users: list[str], change: Callable[[list[str]], None]) -> dict[str, str]:
    """Change many users by one command; where that is refused, one by one, to spare the others.

    Returns:
        Why some could not be changed.
    """
    failed: dict[str, str] = {}
    for some in _batches(users):
        try:
            change(some)
        except BackendUnavailableError:
            raise
        except BackendError as error:
            if len(some) == 1:
                failed[some[0]] = presentable(str(error))
            else:
                failed |= _one_by_one(some, change)
    return failed


def _one_by_one(users: list[str], change: Callable[[list[str]], None]) -> dict[str, str]:
    failed: dict[str, str] = {}
    for user in users:
        failed |= _in_batches([user], change)
    return failed


def _batches(users: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(users), MOST_AT_ONCE):
        yield users[start : start + MOST_AT_ONCE]
