"""Accounts: making, describing, moving and removing them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.structures import ClientResource
from waldur_site_agent_slurm.commands import parent_change
from waldur_site_agent_slurm.names import account_name
from waldur_site_agent_slurm.operations.writing import Writing
from waldur_site_agent_slurm.parser import parse_accounts
from waldur_site_agent_slurm.snapshot import ROOT, Account

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent_slurm.parser import AccountRow
    from waldur_site_agent_slurm.snapshot import AssociationSnapshot


class AccountOperations(Writing):
    """The tree of accounts."""

    def create_resource(
        self,
        name: str,
        description: str,
        organization: str,
        parent_name: str | None = None,
        *,
        limits: Mapping[str, int] | None = None,
    ) -> str:
        """Make an account, with its GrpTRESMins."""
        parent = account_name(parent_name or ROOT)
        account = Account(name=account_name(name), parent=parent, limits=dict(limits or {}))
        self._require_parent(account)
        command = self.commands.add_account(
            name,
            description=description,
            organization=organization,
            parent=parent_name or "",
            limits=limits or {},
        )

        def is_done(snapshot: AssociationSnapshot) -> bool:
            found = snapshot.account(account.name)
            return found is not None and found.parent == account.parent

        return self._write(command, is_done=is_done, effect=lambda view: self._added(view, account))

    def _require_parent(self, account: Account) -> None:
        if self.snapshot().account(account.parent) is None:
            raise BackendError(
                f"the Slurm account {account.name!r} cannot be made: its parent "
                f"{account.parent!r} is not on the cluster"
            )

    def _added(self, view: AssociationSnapshot, account: Account) -> None:
        """Keep a new account as Slurm makes it: with its parent's QoS."""
        self._accounts = None
        parent = view.account(account.parent)
        view.put(
            replace(account, qos=parent.qos, default_qos=parent.default_qos) if parent else account
        )

    def delete_resource(self, name: str) -> str:
        """Remove an account that has no accounts under it.

        Raises:
            JobsActiveError: it has jobs.
            BackendError: it has accounts under it, which Slurm would remove too.
        """
        folded = account_name(name)
        self.refresh()
        snapshot = self.snapshot()
        if folded == ROOT or snapshot.children_of(folded):
            raise BackendError(f"the Slurm account {name!r} has others under it, so it stays")
        if snapshot.account(folded) is None:
            return ""
        return self._write(
            self.commands.remove_account(folded),
            is_done=lambda view: view.account(folded) is None,
            effect=lambda view: view.drop(folded),
        )

    def list_resources(self) -> list[ClientResource]:
        """List all accounts of the cluster."""
        with self.one_view():
            return [self._described(account) for account in self.snapshot().accounts()]

    def get_resource(self, resource_id: str) -> ClientResource | None:
        """Look an account up, with its description."""
        with self.one_view():
            account = self.snapshot().account(account_name(resource_id))
            return self._described(account) if account else None

    def _described(self, account: Account) -> ClientResource:
        row = self._account_rows().get(account.name)
        return ClientResource(
            name=account.name,
            description=row.description if row else "",
            organization=row.organization if row else account.parent,
            backend_id=account.name,
        )

    def _account_rows(self) -> dict[str, AccountRow]:
        if self._accounts is None:
            rows = parse_accounts(self._read(self.commands.accounts()))
            self._accounts = {row.name: row for row in rows}
        return self._accounts

    def set_parent(self, name: str, parent: str) -> None:
        """Move an account under another, unless it is there."""
        account = self.existing(name)
        moved = replace(account, parent=account_name(parent))
        if account.parent == moved.parent:
            return
        self._require_parent(moved)
        self._modify(moved, parent_change(parent))

    def _modify(self, wanted: Account, *changes: str) -> None:
        """Change an account into what is wanted."""

        def is_done(view: AssociationSnapshot) -> bool:
            found = view.account(wanted.name)
            return found is not None and replace(found, users=wanted.users) == wanted

        command = self.commands.modify_account(wanted.name, *changes)
        self._write(command, is_done=is_done, effect=lambda view: view.put(wanted))
