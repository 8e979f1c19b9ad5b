"""Money: funds of accounts, and what is put into them and taken out.

Money moves on what was read just before, never on an older reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_moab.amounts import as_number, credits_of
from waldur_site_agent_moab.deposits import DEPOSIT, missing_from
from waldur_site_agent_moab.operations.writing import Writing

if TYPE_CHECKING:
    from decimal import Decimal

    from waldur_site_agent_moab.parser import Fund


class MoneyOperations(Writing):
    """An account's deposit."""

    def has_fund(self, account: str) -> bool:
        """Whether a fund is constrained to an account, if only beside others."""
        self._funds = None
        return any(fund.concerns(account) for fund in self.funds())

    def ensure_fund(self, account: str) -> None:
        """Give an account a fund of its own, where it has none.

        Raises:
            BackendError: it cannot be told which of its funds holds its deposit.
        """
        self._funds = None
        if self.fund_of(account) is None:
            self._write(self.commands.create_fund(account))

    def set_resource_limits(self, resource_id: str, limits_dict: dict[str, int]) -> str | None:
        """Make what an account was given exactly this many credits; see :meth:`set_deposit`."""
        if DEPOSIT in limits_dict:
            self.set_deposit(resource_id, credits_of(limits_dict[DEPOSIT]))
        return None

    def set_deposit(self, account: str, wanted: Decimal) -> None:
        """Put in what an account's fund lacks, or take out what it has too much.

        Raises:
            BackendError: the account has no fund, it cannot be told which it is, or more is spent.
            CommandRefusedError: MAM refused.
        """
        self._funds = None
        fund = self._existing_fund(account)
        missing = missing_from(fund, wanted, account)
        if missing > 0:
            self._write(self.commands.deposit(missing, fund=fund.fund_id, account=account))
        elif missing < 0:
            self._write(self.commands.withdraw(-missing, fund=fund.fund_id))

    def _existing_fund(self, account: str) -> Fund:
        fund = self.fund_of(account)
        if fund is None:
            raise BackendError(
                f"the account {account!r} has no fund in MAM: make one that is constrained to it "
                "alone"
            )
        return fund

    def withdraw_rest(self, account: str) -> None:
        """Take out all that is left in an account's own funds."""
        self._funds = None
        for fund in self.own_funds(account):
            if fund.balance > 0:
                self._write(self.commands.withdraw(fund.balance, fund=fund.fund_id))

    def get_resource_limits(self, resource_id: str) -> dict[str, int]:
        """Read what an account was given; empty where it has no fund."""
        fund = self.fund_of(resource_id)
        return {DEPOSIT: as_number(fund.allocated)} if fund else {}
