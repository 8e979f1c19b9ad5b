"""Asking slurmdbd what there is; squeue and sacct are in :mod:`jobs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_slurm.commands.lines import MOST_NAMES, READ, Lines, user_list
from waldur_site_agent_slurm.names import user_name
from waldur_site_agent_slurm.parser import ACCOUNT_FIELDS, ASSOCIATION_FIELDS

if TYPE_CHECKING:
    from collections.abc import Collection

ADMIN_LEVEL = "format=User,AdminLevel"


class ReadCommands(Lines):
    """Reads, which change nothing."""

    def associations(self) -> list[str]:
        """Dump the cluster's associations."""
        fields = ",".join(ASSOCIATION_FIELDS)
        where = ("where", *self._filter) if self._filter else ()
        return self._line(*READ, "show", "assoc", *where, f"format={fields}")

    def accounts(self) -> list[str]:
        """List all accounts with what associations do not tell."""
        return self._line(*READ, "show", "account", f"format={','.join(ACCOUNT_FIELDS)}")

    def tres(self) -> list[str]:
        """List what can be limited."""
        return self._line(*READ, "list", "tres", "format=Type,Name")

    def qos(self) -> list[str]:
        """List the names of all QoS."""
        return self._line(*READ, "show", "qos", "format=Name")

    def clusters(self) -> list[str]:
        """List the names of all clusters."""
        return self._line(*READ, "list", "cluster", "format=Cluster")

    def default_accounts(self, users: Collection[str]) -> list[str]:
        """Ask for users' default accounts; for those of all users where they are many."""
        named = (f"name={user_list(users)}",) if len(users) <= MOST_NAMES else ()
        where = ("where", *named, *self._filter) if named or self._filter else ()
        return self._line(*READ, "show", "user", *where, "format=User,DefaultAccount")

    def admin_level(self, user: str) -> list[str]:
        """Ask for what a user may do in slurmdbd."""
        return self._line(*READ, "show", "user", "where", f"name={user_name(user)}", ADMIN_LEVEL)

    def config(self) -> list[str]:
        """List the configuration of sacctmgr and, after it, of slurmdbd."""
        return self._line(*READ, "show", "config")

    def version(self) -> list[str]:
        """Ask for Slurm's version; needs no daemon."""
        return self._line("sacctmgr", "--version")
