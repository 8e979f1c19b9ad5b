"""Putting users on accounts, changing them there, and taking them off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent_slurm.commands.lines import WRITE, Lines, account_list, user_list
from waldur_site_agent_slurm.names import account_name, partition_name, qos_name

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, kw_only=True)
class Grant:
    """How users are put on an account. Empty parts are left to Slurm."""

    default_account: str = ""
    partitions: tuple[str, ...] = ()
    qos: tuple[str, ...] = ()
    default_qos: str = ""


class UserCommands(Lines):
    """Writes about users."""

    def add_users(self, users: Iterable[str], accounts: Iterable[str], grant: Grant) -> list[str]:
        """Put users on accounts, each of them on each, all with the same grant."""
        return self._line(
            *WRITE,
            "add",
            "user",
            f"name={user_list(users)}",
            f"account={account_list(accounts)}",
            *self._filter,
            *_grant_words(grant),
            "Share=parent",
        )

    def remove_users(self, users: Iterable[str], *accounts: str) -> list[str]:
        """Take users off accounts: each of them off each."""
        return self._line(*WRITE, "remove", "user", *self._users_on(users, *accounts))

    def modify_users(self, users: Iterable[str], account: str, *changes: str) -> list[str]:
        """Change the associations of users with an account."""
        return self._line(
            *WRITE, "modify", "user", *self._users_on(users, account), "set", *changes
        )

    def set_default_account(self, users: Iterable[str], account: str) -> list[str]:
        """Change users' default account; they must be on it."""
        where = ("where", f"name={user_list(users)}", *self._filter)
        change = f"DefaultAccount={account_name(account)}"
        return self._line(*WRITE, "modify", "user", *where, "set", change)

    def _users_on(self, users: Iterable[str], *accounts: str) -> tuple[str, ...]:
        named = (f"name={user_list(users)}", f"account={account_list(accounts)}")
        return ("where", *named, *self._filter)


def _grant_words(grant: Grant) -> list[str]:
    words = []
    if grant.default_account:
        words.append(f"DefaultAccount={account_name(grant.default_account)}")
    if grant.partitions:
        words.append(f"Partitions={','.join(sorted(map(partition_name, grant.partitions)))}")
    if grant.qos:
        words.append(f"QosLevel={','.join(map(qos_name, grant.qos))}")
    if grant.default_qos:
        words.append(f"DefaultQOS={qos_name(grant.default_qos)}")
    return words
