"""QoS, the accounts that may use them, and how many jobs accounts may submit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from waldur_site_agent_slurm.commands import description_change, qos_changes, submit_change
from waldur_site_agent_slurm.operations.accounts import AccountOperations

if TYPE_CHECKING:
    from collections.abc import Mapping


class QosOperations(AccountOperations):
    """QoS, which all clusters of a slurmdbd share, and what an account may submit."""

    def set_qos(
        self, name: str, qos: frozenset[str], default: str, *, description: str | None = None
    ) -> bool:
        """Let an account use these QoS and no others; say whether that was a change.

        Args:
            name: the account.
            qos: the QoS.
            default: one of them.
            description: the account's new description, where that changes, too.
        """
        account = self.existing(name)
        wanted = replace(account, qos=qos, default_qos=default)
        described = () if description is None else (description_change(description, name),)
        if account != wanted:
            self._modify(wanted, *described, *qos_changes(qos, default))
            self._accounts = None
        return account != wanted

    def set_submit_limit(self, name: str, limit: int) -> bool:
        """Limit how many jobs an account may have in the queue; -1 lifts it."""
        account = self.existing(name)
        wanted = replace(account, submit_limit=None if limit < 0 else limit)
        if account != wanted:
            self._modify(wanted, submit_change(limit))
        return account != wanted

    def add_qos(self, name: str, *, flags: str, limits: Mapping[str, str]) -> None:
        """Make a QoS unless there is one of that name."""
        if name in self.list_qos():
            return
        command = self.commands.add_qos(name, flags=flags, limits=limits)
        self._write(
            command, is_done=lambda _view: name in self.list_qos(), effect=lambda _view: None
        )

    def remove_qos(self, name: str) -> None:
        """Remove a QoS if it is there."""
        if name not in self.list_qos():
            return
        command = self.commands.remove_qos(name)
        self._write(
            command, is_done=lambda _view: name not in self.list_qos(), effect=lambda _view: None
        )
