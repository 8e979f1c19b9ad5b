"""A cluster's associations as one dump of sacctmgr tells them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from waldur_site_agent_slurm.parser import AssociationRow, SlurmParseError, parse_associations

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT = "root"


@dataclass(frozen=True, kw_only=True)
class UserOnAccount:
    """A user on an account, in whichever partitions."""

    name: str
    max_tres_minutes: Mapping[str, int] = field(default_factory=dict)
    """Those that hold, whether they are the user's own or the account's."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account of the tree, as its own association row and those of its users tell."""

    name: str
    parent: str = ""
    qos: frozenset[str] = frozenset()
    default_qos: str = ""
    limits: Mapping[str, int] = field(default_factory=dict)
    """GrpTRESMins; memory in MB-minutes."""
    max_tres_minutes: Mapping[str, int] = field(default_factory=dict)
    """MaxTRESMins, which its users inherit where they have none of their own."""
    group_tres: Mapping[str, int] = field(default_factory=dict)
    """GrpTRES; memory in MB."""
    fairshare: int | None = 1
    """None: the parent's."""
    submit_limit: int | None = None
    users: Mapping[str, UserOnAccount] = field(default_factory=dict)
    """By name in lower case."""


class AssociationSnapshot:
    """What is on the cluster. Names are looked up without regard to case, as Slurm does.

    Kept true by the client, which tells it of each write that succeeded.
    """

    def __init__(self, accounts: Mapping[str, Account], clusters: Iterable[str] = ()) -> None:
        """Take accounts by name, and the clusters that they are on."""
        self._accounts = dict(accounts)
        self._names_by_user: dict[str, list[str]] | None = None
        self.clusters = frozenset(clusters)

    @classmethod
    def parse(cls, text: str) -> AssociationSnapshot:
        """Read a dump.

        Raises:
            SlurmParseError: it is none, or it lacks even ``root``, which every cluster has: the
                cluster is not known to slurmdbd, or the answer was cut short.
        """
        rows = list(parse_associations(text))
        snapshot = cls(_accounts(rows), {row.cluster for row in rows})
        if ROOT not in snapshot._accounts:
            raise SlurmParseError(
                "sacctmgr shows no association of the account 'root', which every cluster has: "
                "is cluster_name right, and may this user see all associations?"
            )
        return snapshot

    def has_users_beside(self, name: str) -> bool:
        """Whether anybody else is on any account."""
        own = {name.lower()}
        return any(account.users.keys() - own for account in self._accounts.values())

    def account(self, name: str) -> Account | None:
        """An account, or None when it surely is not there."""
        return self._accounts.get(name.lower())

    def accounts(self) -> list[Account]:
        """All accounts, by name."""
        return [self._accounts[name] for name in sorted(self._accounts)]

    def users_of(self, name: str) -> list[str]:
        """Names of an account's users, each once whatever their partitions."""
        account = self.account(name)
        return sorted(user.name for user in account.users.values()) if account else []

    def has_user(self, account: str, user: str) -> bool:
        """Whether a user is on an account."""
        found = self.account(account)
        return found is not None and user.lower() in found.users

    def children_of(self, name: str) -> list[Account]:
        """The accounts right under an account."""
        return [child for child in self.accounts() if child.parent == name.lower()]

    def accounts_of_user(self, user: str) -> list[str]:
        """Names of the accounts that a user is on."""
        if self._names_by_user is None:
            self._names_by_user = _by_user(self.accounts())
        return list(self._names_by_user.get(user.lower(), ()))

    # What the client wrote

    def put(self, account: Account) -> None:
        """Keep an account that was made or changed."""
        self._accounts[account.name] = account
        self._names_by_user = None

    def drop(self, name: str) -> None:
        """Forget an account that was removed."""
        self._accounts.pop(name.lower(), None)
        self._names_by_user = None

    def put_users(self, name: str, users: Iterable[str]) -> None:
        """Keep users who were put on an account."""
        account = self._accounts.setdefault(name.lower(), Account(name=name.lower()))
        new = {user.lower(): UserOnAccount(name=user.lower()) for user in users}
        self.put(replace(account, users={**new, **account.users}))

    def drop_users(self, name: str, users: Iterable[str]) -> None:
        """Forget users who were taken off an account."""
        account = self.account(name)
        gone = {user.lower() for user in users}
        if account:
            left = {key: user for key, user in account.users.items() if key not in gone}
            self.put(replace(account, users=left))


def _by_user(accounts: Iterable[Account]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for account in accounts:
        for user in account.users:
            found.setdefault(user, []).append(account.name)
    return found


def _accounts(rows: Iterable[AssociationRow]) -> dict[str, Account]:
    own: dict[str, AssociationRow] = {}
    users: dict[str, dict[str, UserOnAccount]] = {}
    for row in rows:
        members = users.setdefault(row.account, {})
        if row.user:
            _keep_user(members, row)
        else:
            own[row.account] = row
    return {name: _account(row, users.get(name, {})) for name, row in own.items()}


def _keep_user(members: dict[str, UserOnAccount], row: AssociationRow) -> None:
    key = row.user.lower()
    known = members.get(key)
    limits = {**row.max_tres_minutes, **(known.max_tres_minutes if known else {})}
    members[key] = UserOnAccount(name=row.user, max_tres_minutes=limits)


def _account(row: AssociationRow, users: Mapping[str, UserOnAccount]) -> Account:
    return Account(
        name=row.account,
        parent=row.parent,
        qos=frozenset(row.qos),
        default_qos=row.default_qos,
        limits=row.group_tres_minutes,
        max_tres_minutes=row.max_tres_minutes,
        group_tres=row.group_tres,
        fairshare=row.fairshare,
        submit_limit=row.group_submit_jobs,
        users=dict(users),
    )
