"""Command lines of Moab Accounting Manager 9, as lists of words. Pure.

Nothing here is put together from text: a name is one word, whatever is in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from waldur_site_agent_moab.amounts import written
from waldur_site_agent_moab.names import account_name, free_text, user_name

if TYPE_CHECKING:
    from decimal import Decimal

    from waldur_site_agent_moab.months import Window

PROGRAMS = (
    "mam-list-accounts",
    "mam-list-funds",
    "mam-list-usagerecords",
    "mam-create-account",
    "mam-create-fund",
    "mam-deposit",
    "mam-withdraw",
    "mam-modify-account",
    "mam-delete-fund",
    "mam-delete-account",
)
ACCOUNT_COLUMNS = ("Name", "Organization", "Users")
FUND_COLUMNS = ("Id", "Constraints", "Balance", "Allocated")
CHARGE_COLUMNS = ("Account", "User", "Charge")


@dataclass(frozen=True, kw_only=True)
class Commands:
    """Builds command lines for the tools in one folder; on the search path where it is empty."""

    bin_path: str = ""

    def program(self, name: str) -> str:
        """Where one of the tools is."""
        return str(PurePath(self.bin_path) / name) if self.bin_path else name

    # Reading: always everything, so that what is missing from the answer is not there

    def accounts(self) -> list[str]:
        """List all accounts with their members."""
        return self._listing("mam-list-accounts", ACCOUNT_COLUMNS)

    def funds(self) -> list[str]:
        """List all funds with what is in them and what was put into them."""
        return self._listing("mam-list-funds", FUND_COLUMNS)

    def charges(self, window: Window) -> list[str]:
        """List what was charged to whom in a month."""
        listing = self._listing("mam-list-usagerecords", CHARGE_COLUMNS)
        return [*listing, "-s", window.first, "-e", window.last]

    def _listing(self, name: str, columns: tuple[str, ...]) -> list[str]:
        return [self.program(name), "--raw", "--quiet", "--show", ",".join(columns)]

    # Accounts and members

    def create_account(self, name: str, *, description: str, organization: str) -> list[str]:
        """Make an account."""
        words = [self.program("mam-create-account"), "-a", account_name(name)]
        words += ["-d", free_text(description) or name]
        return [*words, "-o", account_name(organization)] if organization else words

    def delete_account(self, name: str) -> list[str]:
        """Delete an account."""
        return [self.program("mam-delete-account"), "-a", account_name(name)]

    def add_user(self, user: str, account: str) -> list[str]:
        """Make a user an active member of an account."""
        return self._modify(account, "--add-user", f"+{user_name(user)}")

    def remove_user(self, user: str, account: str) -> list[str]:
        """Take a user off an account."""
        return self._modify(account, "--del-user", user_name(user))

    def _modify(self, account: str, *change: str) -> list[str]:
        return [self.program("mam-modify-account"), *change, "-a", account_name(account)]

    # Funds

    def create_fund(self, account: str) -> list[str]:
        """Make a fund that the account alone may spend."""
        return [self.program("mam-create-fund"), "-a", account_name(account)]

    def delete_fund(self, fund: int) -> list[str]:
        """Delete a fund with what is in it."""
        return [self.program("mam-delete-fund"), "-f", str(fund)]

    def deposit(self, amount: Decimal, *, fund: int, account: str) -> list[str]:
        """Add to what a fund has: done twice, it adds twice."""
        words = [self.program("mam-deposit"), "-a", account_name(account)]
        return [*words, "-z", written(amount), "-f", str(fund)]

    def withdraw(self, amount: Decimal, *, fund: int) -> list[str]:
        """Take from what a fund has."""
        return [self.program("mam-withdraw"), "-z", written(amount), "-f", str(fund)]
