"""Users on accounts, many at once: which products of names say just them, and in what order. Pure.

sacctmgr takes ``name=a,b account=x,y`` as each of the users on each of the accounts. So pairs may
share a command exactly where all of that product is meant.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

MOST_USERS = 100
"""Users in one product, so that lines stay short."""


class Membership(NamedTuple):
    """A user on an account."""

    account: str
    user: str

    @property
    def folded(self) -> Membership:
        """As Slurm compares names: in lower case."""
        return Membership(self.account.lower(), self.user.lower())


@dataclass(frozen=True)
class Product:
    """Each of some users on each of some accounts."""

    accounts: tuple[str, ...]
    users: tuple[str, ...]


def products(memberships: Iterable[Membership]) -> list[Product]:
    """Say memberships, and no others, by few products, in a stable order.

    Accounts with the same users share one, or users with the same accounts: whichever is fewer.
    """
    pairs = sorted(set(memberships))
    by_account = _grouped(pairs)
    by_user = _grouped([(user, account) for account, user in pairs])
    if len(by_user) < len(by_account):
        whole = [Product(accounts, users) for accounts, users in by_user.items()]
    else:
        whole = [Product(accounts, users) for users, accounts in by_account.items()]
    return [part for product in whole for part in _short(product)]


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """By the right sides that they have, the left sides that have just these."""
    rights: dict[str, list[str]] = defaultdict(list)
    for left, right in pairs:
        rights[left].append(right)
    lefts: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for left, its in rights.items():
        lefts[tuple(its)].append(left)
    return {its: tuple(some) for its, some in lefts.items()}


def _short(product: Product) -> Iterator[Product]:
    for start in range(0, len(product.users), MOST_USERS):
        yield Product(product.accounts, product.users[start : start + MOST_USERS])


def removals(
    leaving: Collection[Membership],
    staying: Mapping[str, Collection[str]],
    defaults: Mapping[str, str],
) -> list[Product]:
    """Order removals so that nobody loses a default account while others are left.

    Slurm 24.11 refuses that, and 22.05 leaves such a user without a default. It also refuses to
    remove, by one command, users from their last account together with users who have others.

    Args:
        leaving: who leaves what.
        staying: by user, the accounts that the user keeps. One of them is the default by now.
        defaults: the default accounts of users who keep none.
    """
    last = set(_last(leaving, staying, defaults))
    return [*products(pair for pair in leaving if pair not in last), *products(last)]


def _last(
    leaving: Collection[Membership],
    staying: Mapping[str, Collection[str]],
    defaults: Mapping[str, str],
) -> Iterator[Membership]:
    """Of each user who keeps nothing, the membership to be ended last: the default one."""
    of_user: dict[str, list[Membership]] = defaultdict(list)
    for pair in sorted(leaving):
        if not staying.get(pair.user):
            of_user[pair.user].append(pair)
    for user, pairs in of_user.items():
        default = Membership(defaults.get(user, ""), user)
        yield default if default in pairs else pairs[-1]
