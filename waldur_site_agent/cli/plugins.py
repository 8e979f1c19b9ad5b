"""``waldur_site_agent plugins``: what is installed, what it can do, and what fails to load."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from waldur_site_agent.cli.lazy import LazyGroup, Member

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.plugins.description import Description

FINE, PROBLEMS = 0, 1


COMMANDS = {
    "check": Member(
        "waldur_site_agent.cli.plugins_check:check",
        "Try a plugin out against its system, read-only.",
    ),
    "new": Member("waldur_site_agent.cli.plugins_new:new", "Make a plugin of your own."),
}


@click.group(
    cls=LazyGroup,
    members=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def plugins(ctx: click.Context, /, *, as_json: bool) -> None:
    """List the installed plugins, or do something with one.

    Without a command, every one is loaded; the exit code is 0, or 1 when one does not load.
    """
    if ctx.invoked_subcommand is not None:
        return
    from waldur_site_agent.plugins.description import describe_installed  # noqa: PLC0415 - loads all, and --help needs none of it

    descriptions = describe_installed()
    if as_json:
        click.echo(json.dumps([one.to_json() for one in descriptions], indent=2))
    elif not descriptions:
        click.echo("No plugin is installed.")
    elif sys.stdout.isatty():
        _print_table(descriptions)
    else:
        _print_lines(descriptions)
    ctx.exit(PROBLEMS if any(one.error for one in descriptions) else FINE)


def _print_lines(descriptions: Sequence[Description]) -> None:
    for one in descriptions:
        click.echo(f"{one.name}: {one.kind}, {one.distribution} {one.version}")
        for line in _details(one):
            click.echo(f"  {line}")


def _print_table(descriptions: Sequence[Description]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only for terminals
    from rich.table import Table  # noqa: PLC0415 - the same
    from rich.text import Text  # noqa: PLC0415 - the same

    table = Table()
    for title in ("name", "kind", "distribution", "what"):
        table.add_column(title, overflow="fold")
    for one in descriptions:
        what = Text("\n".join(_details(one)), style="red" if one.error else "")
        table.add_row(one.name, one.kind, f"{one.distribution} {one.version}", what)
    Console().print(table)


def _details(one: Description) -> list[str]:
    if one.error:
        return [f"DOES NOT LOAD: {one.error}"]
    details = []
    if one.roles:
        details.append(("for " if one.roles_declared else "probably for ") + ", ".join(one.roles))
    if one.capabilities:
        details.append("can: " + ", ".join(one.capabilities))
    if one.unsupported_states:
        details.append("knows no such state: " + ", ".join(one.unsupported_states))
    return details
