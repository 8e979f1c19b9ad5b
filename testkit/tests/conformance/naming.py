"""A sound username backend, on a directory in memory."""

# ruff: noqa: ARG002 - hooks keep the parameters of the contract

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from waldur_site_agent.backend.backends import AbstractUsernameManagementBackend
from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent_testkit.conformance.usernames import UsernameSubject

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass
class Directory:
    """Names by identity, and what was written."""

    is_up: bool = True
    names: dict[str, str] = field(default_factory=dict)
    profiles: dict[str, str] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)

    def ask(self) -> None:
        if not self.is_up:
            raise BackendUnavailableError("the directory does not answer")

    def write(self, into: dict[str, str], key: str, value: str) -> None:
        self.ask()
        if into.get(key) != value:
            into[key] = value
            self.writes.append(key)


class DirectoryNames(AbstractUsernameManagementBackend):
    """Numbers people in the order in which they come."""

    def __init__(self, backend_settings: dict | None = None, offering: object = None) -> None:
        super().__init__(backend_settings, offering)
        self.directory: Directory = self.backend_settings["directory"]

    def get_username(self, offering_user: object) -> str | None:
        self.directory.ask()
        return self.directory.names.get(offering_user.user_username)

    def generate_username(self, offering_user: object) -> str:
        name = f"u{len(self.directory.names)}"
        self.directory.write(self.directory.names, offering_user.user_username, name)
        return name

    def sync_user_profiles(self, offering_users: Sequence[object]) -> None:
        for user in offering_users:
            self.directory.write(
                self.directory.profiles, user.user_username, str(user.user_full_name)
            )

    def deactivate_users(self, usernames: set[str]) -> None:
        self.directory.ask()


def directory(kind: type[DirectoryNames]) -> UsernameSubject:
    """A username backend of this class, on a directory of its own."""
    here = Directory()

    def set_reachable(reachable: bool) -> None:
        here.is_up = reachable

    return UsernameSubject(
        backend=lambda offering: kind({"directory": here}, offering),
        set_reachable=set_reachable,
        effects=lambda: here.writes,
    )
