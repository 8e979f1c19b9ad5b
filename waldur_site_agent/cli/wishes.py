"""What the command line asks for beside the mode."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """The options, as they were given."""

    once: bool = False
    dry_run: bool = False
    offerings: Sequence[str] = ()
    resources: Sequence[str] = ()
    periods: Sequence[str] = ()
    force: bool = False
    http_port: int | None = None

    @property
    def of_some_modes(self) -> frozenset[str]:
        """Which of the options that not every mode takes were given."""
        given = {
            "--resource": self.resources,
            "--period": self.periods,
            "--force": self.force,
        }
        return frozenset(option for option, value in given.items() if value)


class CannotStartError(Exception):
    """The settings or the command line do not allow to start; the message says what to do."""


def agent_version() -> str:
    """The version of this agent."""
    return version("waldur-site-agent")
