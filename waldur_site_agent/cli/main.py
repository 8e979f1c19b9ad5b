"""``waldur_site_agent``: run a mode, or one of the commands around it."""

from __future__ import annotations

import click

from waldur_site_agent.cli.hiding import hidden
from waldur_site_agent.cli.lazy import LazyGroup, Member
from waldur_site_agent.cli.options import (
    config_file_option,
    dry_run_option,
    http_port_option,
    offering_option,
    once_option,
)

MODES = ("order_process", "report", "membership_sync", "event_process")

COMMANDS = {
    "run": Member(
        "waldur_site_agent.cli.one_process:run", "Do all that is configured, in one process."
    ),
    "config": Member(
        "waldur_site_agent.cli.config:config", "Check, show or describe the settings."
    ),
    "plugins": Member("waldur_site_agent.cli.plugins:plugins", "List the installed plugins."),
    "demo": Member(
        "waldur_site_agent.cli.demo:demo", "See orders become accounts, with nothing installed."
    ),
}


@click.group(
    cls=LazyGroup,
    members=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "-m",
    "--mode",
    type=click.Choice(MODES),
    default="order_process",
    show_default=True,
    help="What this process does.",
)
@config_file_option
@once_option
@dry_run_option
@offering_option
@click.option(
    "--resource",
    "resources",
    multiple=True,
    metavar="NAME",
    help="membership_sync, report: this resource only, by name, id or UUID (repeatable).",
)
@click.option(
    "--period",
    "periods",
    multiple=True,
    metavar="YYYY-MM",
    help="report: this month instead of the usual ones (repeatable).",
)
@click.option(
    "--force",
    is_flag=True,
    help="membership_sync: hold no removal back, and make again what the backend lost.",
)
@http_port_option
@click.version_option(package_name="waldur-site-agent", prog_name="waldur_site_agent")
@click.pass_context
def main(
    ctx: click.Context,
    /,
    *,
    mode: str,
    config_file: str,
    once: bool,
    dry_run: bool,
    offerings: tuple[str, ...],
    resources: tuple[str, ...],
    periods: tuple[str, ...],
    force: bool,
    http_port: int | None,
) -> None:
    """Make what is ordered in Waldur real at this site, and keep it so.

    Without a command, the agent runs in the chosen mode until it is told to end (SIGTERM finishes
    the step in hand). Exit code 2 means that it could not start.
    """
    if ctx.invoked_subcommand is not None:
        return
    # structlog loads rich for tracebacks in colour, which the agent does not print: a tenth of a
    # second and 4 MB of a daemon.
    with hidden("rich"):
        import structlog  # noqa: F401, PLC0415 - heavy, and --help needs none of it
    from waldur_site_agent.cli.run import run  # noqa: PLC0415 - the same
    from waldur_site_agent.cli.wishes import Wishes  # noqa: PLC0415 - the same

    wishes = Wishes(
        once=once,
        dry_run=dry_run,
        offerings=offerings,
        resources=resources,
        periods=periods,
        force=force,
        http_port=http_port,
    )
    ctx.exit(run(mode, config_file, wishes))
