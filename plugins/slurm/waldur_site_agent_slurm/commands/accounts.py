"""Making, changing and removing accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_slurm.commands.changes import description_change, limits_change
from waldur_site_agent_slurm.commands.lines import WRITE, Lines
from waldur_site_agent_slurm.names import account_name, free_text

if TYPE_CHECKING:
    from collections.abc import Mapping


class AccountCommands(Lines):
    """Writes about accounts."""

    def add_account(
        self,
        name: str,
        *,
        description: str,
        organization: str,
        parent: str,
        limits: Mapping[str, int],
    ) -> list[str]:
        """Make an account; its limits are TRES-minutes."""
        return self._line(
            *WRITE,
            "add",
            "account",
            f"name={account_name(name)}",
            description_change(description, name),
            f"organization={free_text(organization) or account_name(name)}",
            *((f"parent={account_name(parent)}",) if parent else ()),
            *((limits_change(limits),) if limits else ()),
            *self._filter,
        )

    def remove_account(self, name: str) -> list[str]:
        """Remove an account, and with it everything under it."""
        return self._line(
            *WRITE, "remove", "account", "where", f"name={account_name(name)}", *self._filter
        )

    def modify_account(self, name: str, *changes: str) -> list[str]:
        """Change an account; see :mod:`changes` for those there are."""
        where = ("where", f"name={account_name(name)}", *self._filter)
        return self._line(*WRITE, "modify", "account", *where, "set", *changes)
