"""Backends that get home directories wrong."""

# ruff: noqa: ARG002 - what is broken keeps the parameters of the contract

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_testkit.backends.memory import MemoryBackend

from .table import breaks

if TYPE_CHECKING:
    from collections.abc import Iterable


@breaks("homes_are_made_once", "making homes that are there wrote to the system")
class MakesHomesAgain(MemoryBackend):
    """Makes homes that are there."""

    def create_user_homedirs(self, usernames: Iterable[str], umask: str = "0077") -> None:
        for user in usernames:
            self.system.effect(f"home {user}", lambda user=user: self.system.homes.add(user))


@breaks("homes_are_made_once", "have home directories")
class MakesNoHomes(MemoryBackend):
    """Makes no homes."""

    def create_user_homedirs(self, usernames: Iterable[str], umask: str = "0077") -> None:
        self.system.ask()
