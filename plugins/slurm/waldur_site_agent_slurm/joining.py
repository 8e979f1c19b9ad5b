"""Putting users on many accounts by one process."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent_slurm.answers import CommandRefusedError, presentable
from waldur_site_agent_slurm.load_file import Joining, load_file
from waldur_site_agent_slurm.memberships import Membership, products

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waldur_site_agent_slurm.client import SlurmClient
    from waldur_site_agent_slurm.commands import Grant
    from waldur_site_agent_slurm.snapshot import AssociationSnapshot

MOST_USERS = 4000
"""Users in one file to load: about ten seconds' worth."""


class Joiners:
    """Users who come to accounts."""

    def __init__(self, client: SlurmClient) -> None:
        """Work through a client."""
        self._client = client

    def missing(self, joinings: Sequence[Joining]) -> list[Joining]:
        """What of it is to be added, where that is sure to be possible."""
        return list(self._missing(joinings)) if self._cluster else []

    @property
    def _cluster(self) -> str:
        clusters = self._client.snapshot().clusters
        return next(iter(clusters)) if len(clusters) == 1 else ""

    def _missing(self, joinings: Sequence[Joining]) -> Iterator[Joining]:
        view = self._client.snapshot()
        for each in joinings:
            users = tuple(user for user in each.users if not view.has_user(each.account, user))
            default = each.grant.default_account
            if users and view.account(each.account) and (not default or view.account(default)):
                yield Joining(account=each.account, users=users, grant=each.grant)

    def add(self, joinings: Sequence[Joining]) -> dict[str, str]:
        """Put users on accounts that they are not on.

        Returns:
            Default accounts that users who had others are to get now, as they do when they are put
            on a single account.
        """
        view = self._client.snapshot()
        known = {user for each in joinings for user in each.users if view.accounts_of_user(user)}
        for some in _portions(joinings):
            self._load(some)
        return {
            user: each.grant.default_account
            for each in joinings
            for user in each.users
            if user in known and each.grant.default_account and self._is_on(each.account, user)
        }

    def _is_on(self, account: str, user: str) -> bool:
        return self._client.snapshot().has_user(account, user)

    def _load(self, joinings: Sequence[Joining]) -> None:
        text = load_file(self._cluster, joinings, self._client.snapshot())
        try:
            self._client.load(text, effect=lambda view: _put(view, joinings))
        except CommandRefusedError as error:
            logger.info("Members are added by single commands: %s", presentable(str(error)))
            self._add_by_script(joinings)

    def _add_by_script(self, joinings: Sequence[Joining]) -> None:
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


def _put(view: AssociationSnapshot, joinings: Sequence[Joining]) -> None:
    """Keep who was loaded: on the account, and on the default account."""
    users: dict[str, list[str]] = defaultdict(list)
    for each in joinings:
        for account in {each.account, each.grant.default_account or each.account}:
            users[account] += each.users
    for account, some in users.items():
        view.put_users(account, some)


def _portions(joinings: Sequence[Joining]) -> Iterator[list[Joining]]:
    """Parts of a size that one process takes a few seconds for."""
    part: list[Joining] = []
    users = 0
    for each in joinings:
        part.append(each)
        users += len(each.users)
        if users >= MOST_USERS:
            yield part
            part, users = [], 0
    if part:
        yield part
