"""Backends that get people wrong."""

# ruff: noqa: ARG002 - what is broken keeps the parameters of the contract

from __future__ import annotations

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_testkit.backends.memory import MemoryBackend

from ..reference import FullBackend  # noqa: TID252 - see table.py
from .table import breaks


@breaks("usernames_are_brought_in_line_once", "called again")
class AlwaysRenaming(FullBackend):
    """Says each time that it changed a name."""

    def sync_offering_user_usernames(self, offering_uuid: str, client: object) -> bool:
        return True


@breaks("a_profile_may_be_told_again", "telling the same profile again wrote to the system")
class RewritesProfiles(FullBackend):
    """Writes a profile however often it is told."""

    def update_user_attributes(self, username: str, attributes: dict) -> None:
        self.system.effect(f"profile {username}", lambda: None)


@breaks("who_is_let_go_may_be_unknown", "nobody")
class KnowsEverybody(MemoryBackend):
    """Lets go only of whom it knows."""

    def release_users(self, usernames: set[str]) -> None:
        for username in usernames - self.system.homes:
            raise BackendError(f"there is {username}")


@breaks("who_is_let_go_may_be_unknown", "the members")
class LetsEverybodyGo(MemoryBackend):
    """Lets go of everybody."""

    def release_users(self, usernames: set[str]) -> None:
        for account in self.system.accounts.values():
            account.users.clear()
