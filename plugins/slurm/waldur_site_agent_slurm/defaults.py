"""Users' default accounts: found for many by one process, and changed by another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent_slurm.memberships import Membership, products
from waldur_site_agent_slurm.settings import DefaultAccountPolicy

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from waldur_site_agent_slurm.client import SlurmClient
    from waldur_site_agent_slurm.settings import SlurmSettings


@dataclass(frozen=True, kw_only=True)
class DefaultsPlan:
    """How users' default accounts change before the users leave accounts."""

    changes: Mapping[str, str]
    """The new default by user, where it is another one."""
    after: Mapping[str, str]
    """The default by user once that is done; blank where there is none."""


class DefaultAccounts:
    """Which account a user's jobs are charged to where the user names none."""

    def __init__(self, client: SlurmClient, settings: SlurmSettings) -> None:
        """Work through a client."""
        self._client = client
        self._settings = settings

    def plan(
        self,
        leaving: Collection[Membership],
        staying: Mapping[str, Collection[str]],
        wanted: Mapping[str, str] | None = None,
    ) -> DefaultsPlan:
        """Find out whose default account has to change, by one read; nothing is changed.

        Args:
            leaving: who leaves what.
            staying: by user, the accounts that the user keeps.
            wanted: users of whom it is known already; they are on these accounts.
        """
        users = {each.user for each in leaving} | (wanted or {}).keys()
        found = self._found(users)
        now = {**found, **(wanted or {})}
        going = {each.folded for each in leaving}
        lost = [user for user, name in now.items() if Membership(name, user).folded in going]
        after = {**now, **{user: self._next(staying[user]) for user in lost if staying[user]}}
        changes = {user: name for user, name in after.items() if found[user] != name}
        return DefaultsPlan(changes=changes, after=after)

    def _found(self, users: Collection[str]) -> dict[str, str]:
        defaults = self._client.default_accounts(users)
        return {user: defaults.get(user.lower(), "") for user in users}

    def _next(self, keeps: Collection[str]) -> str:
        is_common = self._settings.default_account_policy is DefaultAccountPolicy.COMMON
        if is_common and self._settings.default_account in keeps:
            return self._settings.default_account
        return min(set(keeps) - self._settings.site_accounts or keeps)

    def change(self, wanted: Mapping[str, str]) -> None:
        """Change users' default accounts to others that they are on, by one process.

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
