"""Reading the raw answers of MAM's listings. Pure.

A listing's lines are columns parted by ``|``. Lines without one are chatter. A line with another
number of columns than was asked for is no answer that could be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from waldur_site_agent_moab.amounts import credits_of
from waldur_site_agent_moab.commands import ACCOUNT_COLUMNS, CHARGE_COLUMNS, FUND_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NOTHING = Decimal(0)
MEMBER_MARKS = "^+-!"
"""What MAM puts before a member's name: an account's administrator, active, inactive."""


@dataclass(kw_only=True)
class Account:
    """An account; ``users`` are its members, those whom somebody deactivated included."""

    name: str
    organization: str = ""
    users: set[str] = field(default_factory=set)


@dataclass(frozen=True, kw_only=True)
class Fund:
    """A fund, in credits.

    Attributes:
        fund_id: MAM's number of it.
        constraints: who may spend it for what, such as ``Account=a_x1``.
        balance: what is in it.
        allocated: what was put into it, less what was withdrawn; charges leave it as it is.
    """

    fund_id: int
    constraints: frozenset[str]
    balance: Decimal
    allocated: Decimal

    def is_own_of(self, account: str) -> bool:
        """Whether the account, and it alone, may spend it for anything."""
        return self.constraints == {f"Account={account}"}

    def concerns(self, account: str) -> bool:
        """Whether it is constrained to the account, if only beside others."""
        return f"Account={account}" in self.constraints


@dataclass(frozen=True, kw_only=True)
class Charge:
    """What one record charged; None where the amount cannot be read."""

    account: str
    user: str
    amount: Decimal | None


def parse_accounts(output: str) -> dict[str, Account]:
    """Read all accounts, by name.

    Raises:
        ValueError: a line is no account.
    """
    accounts = (
        Account(name=name, organization=organization, users=set(_members(users)))
        for name, organization, users in _rows(output, len(ACCOUNT_COLUMNS))
    )
    return {account.name: account for account in accounts}


def _members(text: str) -> Iterator[str]:
    for word in text.split(","):
        name = word.strip().lstrip(MEMBER_MARKS)
        if name:
            yield name


def parse_funds(output: str) -> list[Fund]:
    """Read all funds, by number.

    Raises:
        ValueError: a line is no fund.
    """
    funds = (_fund(*row) for row in _rows(output, len(FUND_COLUMNS)))
    return sorted(funds, key=lambda fund: fund.fund_id)


def _fund(number: str, constraints: str, balance: str, allocated: str) -> Fund:
    """A fund; one into which nothing was ever put may come without sums."""
    is_new = not balance and not allocated
    return Fund(
        fund_id=int(number),
        constraints=frozenset(word.strip() for word in constraints.split(",") if word.strip()),
        balance=NOTHING if is_new else credits_of(balance),
        allocated=NOTHING if is_new else credits_of(allocated),
    )


def parse_charges(output: str) -> Iterator[Charge]:
    """Read usage records.

    Raises:
        ValueError: a line is no record, so that nobody can say whose it is.
    """
    for account, user, amount in _rows(output, len(CHARGE_COLUMNS)):
        yield Charge(account=account, user=user, amount=_amount(amount))


def _amount(text: str) -> Decimal | None:
    try:
        return credits_of(text)
    except ValueError:
        return None


def _rows(output: str, columns: int) -> Iterable[list[str]]:
    for number, line in enumerate(output.splitlines(), start=1):
        if "|" not in line:
            continue
        row = [cell.strip() for cell in line.split("|")]
        if len(row) != columns:
            raise ValueError(f"line {number} has {len(row)} columns instead of {columns}")
        yield row
