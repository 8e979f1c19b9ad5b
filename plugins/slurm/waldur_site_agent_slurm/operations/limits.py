"""Limits of accounts (GrpTRESMins) and of users on them (MaxTRESMins)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_slurm.commands import limits_change
from waldur_site_agent_slurm.limit_changes import differing, merged, own, replacing
from waldur_site_agent_slurm.names import user_name
from waldur_site_agent_slurm.operations.accounts import AccountOperations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent_slurm.snapshot import AssociationSnapshot, UserOnAccount


class LimitOperations(AccountOperations):
    """Limits in TRES-minutes, written where they differ."""

    def set_resource_limits(self, resource_id: str, limits_dict: dict[str, int]) -> str | None:
        """Set an account's GrpTRESMins where they differ; below zero clears one."""
        account = self.existing(resource_id)
        changes = differing(account.limits, limits_dict)
        if changes:
            wanted = replace(account, limits=merged(account.limits, changes))
            self._modify(wanted, limits_change(changes))
        return None

    def get_resource_limits(self, resource_id: str) -> dict[str, int]:
        """Read an account's GrpTRESMins."""
        return dict(self.existing(resource_id).limits)

    def get_resource_user_limits(self, resource_id: str) -> dict[str, dict[str, int]]:
        """Read users' own MaxTRESMins; users without any are left out."""
        account = self.existing(resource_id)
        found = {
            user.name: own(user.max_tres_minutes, account.max_tres_minutes)
            for user in account.users.values()
        }
        return {name: limits for name, limits in found.items() if limits}

    def set_resource_user_limits(
        self, resource_id: str, username: str, limits_dict: dict[str, int]
    ) -> str:
        """Make a user's MaxTRESMins exactly these, by one command; an empty mapping clears them."""
        self.set_limits_of_users(resource_id, {username: limits_dict})
        return ""

    def set_limits_of_users(
        self, resource_id: str, limits: Mapping[str, Mapping[str, int]]
    ) -> None:
        """Make users' MaxTRESMins exactly these; those who need the same change share a command."""
        account = self.existing(resource_id)
        groups: dict[str, dict[str, UserOnAccount]] = {}
        for name, wanted in limits.items():
            user = account.users.get(user_name(name).lower())
            if user is None:
                raise BackendError(f"a user is not on the Slurm account {account.name!r}")
            inherited = account.max_tres_minutes
            changes = replacing(user.max_tres_minutes, wanted, inherited)
            if changes:
                left = {**inherited, **merged(user.max_tres_minutes, changes)}
                new = replace(user, max_tres_minutes=left)
                words = limits_change(changes, kind="MaxTRESMins")
                groups.setdefault(words, {})[new.name.lower()] = new
        for words, users in groups.items():
            self._modify_users(account.name, users, words)

    def _modify_users(
        self, account: str, users: Mapping[str, UserOnAccount], *changes: str
    ) -> None:
        """Change users of an account into what is wanted."""

        def effect(view: AssociationSnapshot) -> None:
            found = self.existing(account)
            view.put(replace(found, users={**found.users, **users}))

        self._write(
            self.commands.modify_users([user.name for user in users.values()], account, *changes),
            is_done=lambda _view: users.items() <= self.existing(account).users.items(),
            effect=effect,
        )
