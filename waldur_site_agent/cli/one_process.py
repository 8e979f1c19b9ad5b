"""``waldur_site_agent run``: all that is configured, for every offering, in one process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from waldur_site_agent.cli.hiding import hidden
from waldur_site_agent.cli.options import (
    config_file_option,
    dry_run_option,
    http_port_option,
    offering_option,
    once_option,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@config_file_option
@once_option
@dry_run_option
@offering_option
@http_port_option
@click.pass_context
def run(
    ctx: click.Context,
    /,
    *,
    config_file: str,
    once: bool,
    dry_run: bool,
    offerings: tuple[str, ...],
    http_port: int | None,
) -> None:
    """Do all that is configured, for every offering, in one process.

    Orders and members by events where stomp_enabled is true, else by polling, and usage where
    reporting_backend is set. Runs until it is told to end (SIGTERM finishes the step in hand).
    Exit code 2 means that it could not start.
    """
    _refuse_options_before(ctx)
    # As for the modes: structlog would load rich, which the agent does not use.
    with hidden("rich"):
        import structlog  # noqa: F401, PLC0415 - heavy, and --help needs none of it
    from waldur_site_agent.cli.everything import run_everything  # noqa: PLC0415 - the same
    from waldur_site_agent.cli.wishes import Wishes  # noqa: PLC0415 - the same

    wishes = Wishes(once=once, dry_run=dry_run, offerings=offerings, http_port=http_port)
    ctx.exit(run_everything(config_file, wishes))


def _refuse_options_before(ctx: click.Context) -> None:
    """Insist that options stand behind the command: those before it would be lost silently."""
    for option in _given(ctx.parent):
        raise click.UsageError(f"Write {option} behind the command: {ctx.command_path} {option} …")


def _given(ctx: click.Context | None) -> Iterator[str]:
    """The options that were given to a command itself."""
    if ctx is None:
        return
    for parameter in ctx.command.params:
        if ctx.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE:
            yield parameter.opts[0]
