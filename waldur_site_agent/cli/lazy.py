"""A command group whose members are imported when they are called.

``--help`` of a daemon should not load an HTTP library.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Mapping


class Member(NamedTuple):
    """Where a command is, and its line in the group's help."""

    target: str
    """``module:attribute``."""
    help: str


class LazyGroup(click.Group):
    """A group that knows its commands by name and help line only."""

    def __init__(self, *args: object, members: Mapping[str, Member], **kwargs: object) -> None:
        """Keep the table of commands."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._members = members

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Names in the order of the table."""
        return list(self._members)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command, or say that there is none of that name."""
        member = self._members.get(cmd_name)
        if member is None:
            return None
        module, _, attribute = member.target.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, member.help) for name, member in self._members.items()])
