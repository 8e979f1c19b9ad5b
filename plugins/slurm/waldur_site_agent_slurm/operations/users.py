"""Users on accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.structures import Association
from waldur_site_agent_slurm.commands import Grant
from waldur_site_agent_slurm.names import account_name, user_name
from waldur_site_agent_slurm.operations.writing import Writing

if TYPE_CHECKING:
    from collections.abc import Collection

    from waldur_site_agent_slurm.snapshot import AssociationSnapshot


class UserOperations(Writing):
    """Users' associations with accounts, and their default accounts."""

    def add_users(self, users: Collection[str], account: str, grant: Grant) -> None:
        """Put users on an account who are not on it, by one command."""
        folded = account_name(account)
        new = sorted(user for user in users if not self.snapshot().has_user(folded, user))
        if not new:
            return

        def effect(view: AssociationSnapshot) -> None:
            view.put_users(folded, new)
            if grant.default_account:
                view.put_users(account_name(grant.default_account), new)

        self._write(
            self.commands.add_users(new, [folded], grant),
            is_done=lambda view: all(view.has_user(folded, user) for user in new),
            effect=effect,
        )

    def remove_users(self, users: Collection[str], account: str) -> None:
        """Take users off an account, by one command.

        Raises:
            JobsActiveError: one of them has jobs on it.
        """
        folded = account_name(account)
        present = sorted(user for user in users if self.snapshot().has_user(folded, user))
        if not present:
            return
        self._write(
            self.commands.remove_users(present, folded),
            is_done=lambda view: not any(view.has_user(folded, user) for user in present),
            effect=lambda view: view.drop_users(folded, present),
        )

    def set_default_account(self, users: Collection[str], account: str) -> None:
        """Change users' default account to another one that they are on."""
        self._write(
            self.commands.set_default_account(users, account),
            is_done=lambda _view: set(self.default_accounts(users).values()) == {account},
            effect=lambda _view: None,
        )

    def get_association(self, user: str, resource_id: str) -> Association | None:
        """Look up whether a user is on an account."""
        account = self.snapshot().account(account_name(resource_id))
        found = account.users.get(user_name(user).lower()) if account else None
        if account is None or found is None:
            return None
        return Association(
            account=account.name, user=found.name, value=found.max_tres_minutes.get("cpu", 0)
        )

    def create_association(
        self, username: str, resource_id: str, default_account: str | None = None
    ) -> str:
        """Put a user on an account."""
        self.add_users([username], resource_id, Grant(default_account=default_account or ""))
        return ""

    def delete_association(self, username: str, resource_id: str) -> str:
        """Take a user off an account."""
        self.remove_users([username], resource_id)
        return ""

    def list_resource_users(self, resource_id: str) -> list[str]:
        """List an account's users, each once whatever their partitions."""
        return self.snapshot().users_of(account_name(resource_id))
