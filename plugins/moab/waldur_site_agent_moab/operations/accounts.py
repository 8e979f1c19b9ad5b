"""Accounts: listing, making and deleting them."""

from __future__ import annotations

from waldur_site_agent.backend.structures import ClientResource
from waldur_site_agent_moab.operations.writing import Writing
from waldur_site_agent_moab.parser import Account


class AccountOperations(Writing):
    """What is done to accounts as such."""

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
        """Make an account; its fund is made by ``ensure_fund``.

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
        self._funds = None
        for fund in self.own_funds(name):
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


def _shown(account: Account) -> ClientResource:
    return ClientResource(
        name=account.name, organization=account.organization, backend_id=account.name
    )
