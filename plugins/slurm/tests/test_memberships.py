from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waldur_site_agent_slurm.memberships import Membership, Product, products, removals

NAMES = st.sampled_from("abcde")
MEMBERSHIPS = st.sets(st.builds(Membership, account=NAMES, user=NAMES))


def said(some: list[Product]) -> list[Membership]:
    return [Membership(*pair) for each in some for pair in product(each.accounts, each.users)]


@given(memberships=MEMBERSHIPS)
def test_products_say_each_membership_once_and_no_other(memberships: set[Membership]) -> None:
    assert sorted(said(products(memberships))) == sorted(memberships)


@pytest.mark.parametrize(
    ("memberships", "expected"),
    [
        ("ax bx", [Product(("a", "b"), ("x",))]),
        ("ax ay bx by", [Product(("a", "b"), ("x", "y"))]),
        ("ax ay bx", [Product(("a",), ("x", "y")), Product(("b",), ("x",))]),
        ("ax bx cx cy", [Product(("a", "b"), ("x",)), Product(("c",), ("x", "y"))]),
    ],
)
def test_few_products_are_enough(memberships: str, expected: list[Product]) -> None:
    assert products(Membership(*pair) for pair in memberships.split()) == expected


def test_a_product_has_at_most_a_hundred_users() -> None:
    many = [Membership("a", f"u{number}") for number in range(250)]
    assert [len(each.users) for each in products(many)] == [100, 100, 50]


@given(
    leaving=MEMBERSHIPS,
    keepers=st.sets(NAMES),
    defaults=st.dictionaries(NAMES, NAMES),
)
def test_nobody_loses_the_default_account_while_others_are_left(
    leaving: set[Membership], keepers: set[str], defaults: dict[str, str]
) -> None:
    staying = {user: ["z"] for user in keepers}
    order = removals(leaving, staying, defaults)
    assert sorted(said(order)) == sorted(leaving)
    left = set(leaving)
    for each in order:
        gone = {Membership(*pair) for pair in product(each.accounts, each.users)}
        left -= gone
        for account, user in gone:
            if user not in keepers and defaults.get(user) == account:
                assert not any(other.user == user for other in left)


@given(leaving=MEMBERSHIPS, keepers=st.sets(NAMES))
def test_who_leaves_a_last_account_shares_no_command_with_who_keeps_some(
    leaving: set[Membership], keepers: set[str]
) -> None:
    """Slurm 22.05 refuses such a command."""
    count = {user: sum(each.user == user for each in leaving) for _, user in leaving}
    for each in removals(leaving, {user: ["z"] for user in keepers}, {}):
        ends = {user not in keepers and count[user] == len(each.accounts) for user in each.users}
        count = {u: n - len(each.accounts) * (u in each.users) for u, n in count.items()}
        assert len(ends) == 1
