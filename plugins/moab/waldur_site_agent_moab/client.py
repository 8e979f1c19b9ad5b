"""Speaking to Moab Accounting Manager by its commands, in its credits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.structures import Association, ClientResource
from waldur_site_agent_moab.amounts import as_number, credits_of
from waldur_site_agent_moab.answers import CommandRefusedError
from waldur_site_agent_moab.deposits import DEPOSIT, missing_from
from waldur_site_agent_moab.parser import Account
from waldur_site_agent_moab.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    from waldur_site_agent_moab.parser import Fund

__all__ = ["MoabClient"]


class MoabClient(Reading):
    """Accounts, funds and members of one MAM.

    Every write is decided on what was read, and money on what was read just before. Where one is
    refused, MAM is read again to see whether what was wanted is there.
    """

    # Accounts

    def list_resources(self) -> list[ClientResource]:
        """List all accounts."""
        return [_shown(account) for account in self.accounts().values()]

    def get_resource(self, resource_id: str) -> ClientResource | None:
        """Look an account up; None only where MAM surely has none."""
        found = self.account(resource_id)
        return _shown(found) if found else None

    def create_resource(
        self, name: str, description: str, organization: str, parent_name: str | None = None
    ) -> str:
        """Make an account; its fund is made by :meth:`ensure_fund`.

        Raises:
            CommandRefusedError: MAM refused.
        """
        del parent_name
        self._write(
            self.commands.create_account(name, description=description, organization=organization)
        )
        made = Account(name=name, organization=organization)
        self._learn(lambda known: known.setdefault(name, made))
        return ""

    def delete_resource(self, name: str) -> str:
        """Delete an account's own funds, then the account, as far as they are there.

        In this order, because what is left of a fund whose account is gone, nobody finds again.
        """
        self.refresh()
        for fund in [fund for fund in self.funds() if fund.is_own_of(name)]:
            self._delete_fund(fund.fund_id)
        if self.account(name):
            self._write(
                self.commands.delete_account(name), is_done=lambda: self.account(name) is None
            )
            self._learn(lambda known: known.pop(name, None))
        return ""

    def _delete_fund(self, fund_id: int) -> None:
        self._write(
            self.commands.delete_fund(fund_id),
            is_done=lambda: all(fund.fund_id != fund_id for fund in self.funds()),
        )

    # Deposits

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
        for fund in [fund for fund in self.funds() if fund.is_own_of(account)]:
            if fund.balance > 0:
                self._write(self.commands.withdraw(fund.balance, fund=fund.fund_id))

    def get_resource_limits(self, resource_id: str) -> dict[str, int]:
        """Read what an account was given; empty where it has no fund."""
        fund = self.fund_of(resource_id)
        return {DEPOSIT: as_number(fund.allocated)} if fund else {}

    # Members

    def get_association(self, user: str, resource_id: str) -> Association | None:
        """Look up whether a user is a member; None only where MAM says not."""
        if user not in self.existing(resource_id).users:
            return None
        return Association(account=resource_id, user=user)

    def create_association(
        self, username: str, resource_id: str, default_account: str | None = None
    ) -> str:
        """Make a user a member of an account."""
        del default_account
        self._write(
            self.commands.add_user(username, resource_id),
            is_done=lambda: username in self.existing(resource_id).users,
            hidden=[username],
        )
        self._learn(lambda known: known[resource_id].users.add(username))
        return ""

    def delete_association(self, username: str, resource_id: str) -> str:
        """Take a user off an account."""
        self._write(
            self.commands.remove_user(username, resource_id),
            is_done=lambda: username not in self.existing(resource_id).users,
            hidden=[username],
        )
        self._learn(lambda known: known[resource_id].users.discard(username))
        return ""

    def list_resource_users(self, resource_id: str) -> list[str]:
        """List an account's members."""
        return sorted(self.existing(resource_id).users)

    # Writing

    def _write(
        self,
        command: Sequence[str],
        *,
        is_done: Callable[[], bool] = lambda: False,
        hidden: Sequence[str] = (),
    ) -> None:
        """Run a command that changes something.

        Args:
            command: its words.
            is_done: whether MAM has what was wanted; asked when the command was refused.
            hidden: see :meth:`execute_command`.
        """
        try:
            self.execute_command(command, hidden=hidden)
        except CommandRefusedError:
            self.refresh()
            if not is_done():
                raise
        except BackendUnavailableError:
            # Whether it took effect is unknown.
            self.refresh()
            raise
        else:
            self._funds = None

    def _learn(self, change: Callable[[dict[str, Account]], object]) -> None:
        """Tell the accounts that were read what a write has changed."""
        if self._accounts is not None:
            change(self._accounts)


def _shown(account: Account) -> ClientResource:
    return ClientResource(
        name=account.name, organization=account.organization, backend_id=account.name
    )
