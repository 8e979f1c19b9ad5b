"""What policies set for a period: shares and limits of accounts, and usage that begins anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_slurm.answers import CommandRefusedError
from waldur_site_agent_slurm.commands import USAGE_RESET, description_change
from waldur_site_agent_slurm.names import account_name, free_text
from waldur_site_agent_slurm.operations.accounts import AccountOperations

if TYPE_CHECKING:
    from waldur_site_agent_slurm.policy_changes import AccountChange


class PolicyOperations(AccountOperations):
    """Fair share, limits of any kind, and raw usage."""

    def change_account(self, change: AccountChange) -> None:
        """Make an account as it is to be, by one command; none where nothing differs."""
        if change.words:
            self._modify(change.wanted, *change.words)
        if change.reaches_users:
            self.refresh()

    def reset_usage(self, name: str) -> None:
        """Set the raw usage of an account, and of all under it, to zero.

        A command of its own: Slurm 22.05 takes ``RawUsage=0`` beside other changes, says nothing,
        and leaves the others out.

        Raises:
            BackendError: Slurm refused. It does so without a word to all but administrators.
        """
        command = self.commands.modify_account(name, USAGE_RESET)
        try:
            self._write(command, is_done=lambda _view: False, effect=lambda _view: None)
        except CommandRefusedError as error:
            rights = self.rights()
            if rights.administers:
                raise
            raise BackendError(
                f"the usage of {account_name(name)!r} cannot be set to zero: the agent runs as "
                f"{rights.user!r}, which is below Administrator in Slurm: "
                f"{rights.promotion('Administrator')}"
            ) from error

    def describe_account(self, name: str, text: str) -> None:
        """Give an account another description."""
        command = self.commands.modify_account(name, description_change(text, name))

        def is_done(_view: object) -> bool:
            found = self.get_resource(name)
            return found is not None and found.description.lower() == free_text(text).lower()

        self._write(command, is_done=is_done, effect=lambda _view: self.refresh())
