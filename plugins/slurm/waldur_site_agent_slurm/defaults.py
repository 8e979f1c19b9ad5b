"""Users' default accounts: found for many by one process, and changed by another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent_slurm.memberships import Membership, products

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from waldur_site_agent_slurm.client import SlurmClient


@dataclass(frozen=True, kw_only=True)
class Departure:
    """What users who leave accounts have as their default."""

    found: Mapping[str, str]
    """The default by user; blank where there is none."""
    next: Mapping[str, str]
    """By user, another of the user's accounts, where the default is one of those that are left."""


class DefaultAccounts:
    """Which account a user's jobs are charged to where the user names none."""

    def __init__(self, client: SlurmClient, *, common: str) -> None:
        """Work through a client.

        Args:
            client: speaks to Slurm.
            common: the account that users fall back to where they are on it.
        """
        self._client = client
        self._common = common

    def departure(
        self, leaving: Collection[Membership], staying: Mapping[str, Collection[str]]
    ) -> Departure:
        """Find out whose default account is left; nothing is changed.

        Args:
            leaving: who leaves what.
            staying: by user, the accounts that the user keeps.
        """
        found = self._found({each.user for each in leaving})
        going = {each.folded for each in leaving}
        lost = [user for user, name in found.items() if Membership(name, user).folded in going]
        return Departure(
            found=found, next={user: self._next(staying[user]) for user in lost if staying[user]}
        )

    def _found(self, users: Collection[str]) -> dict[str, str]:
        defaults = self._client.default_accounts(users)
        return {user: defaults.get(user.lower(), "") for user in users}

    def _next(self, keeps: Collection[str]) -> str:
        return self._common if self._common in keeps else min(keeps)

    def make_so(self, wanted: Mapping[str, str]) -> None:
        """Give users these default accounts, where they have others; they are on them.

        Raises:
            CommandRefusedError: some could not be changed.
        """
        found = self._found(wanted)
        self.change({user: name for user, name in wanted.items() if found[user] != name})

    def change(self, wanted: Mapping[str, str]) -> None:
        """Change users' default accounts to others that they are on.

        Raises:
            CommandRefusedError: some could not be changed.
        """
        groups = products(Membership(account, user) for user, account in wanted.items())
        changes = [(each.users, each.accounts[0]) for each in groups]
        if len(changes) == 1:
            self._client.set_default_account(*changes[0])
        elif changes:
            words = self._client.commands.set_default_account
            for refusal in self._client.carry_out([words(*change) for change in changes]):
                raise refusal
