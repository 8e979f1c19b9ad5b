"""``waldur_site_agent``: run a mode, or one of the commands around it."""

from __future__ import annotations

import click

from waldur_site_agent.cli.hiding import hidden
from waldur_site_agent.cli.lazy import LazyGroup, Member

MODES = ("order_process", "report", "membership_sync", "event_process")
DEFAULT_CONFIG_FILE = "waldur-site-agent-config.yaml"

COMMANDS = {
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
@click.option(
    "-c",
    "--config-file",
    type=click.Path(dir_okay=False),
    default=DEFAULT_CONFIG_FILE,
    show_default=True,
    help="The agent's settings.",
)
@click.option(
    "--once",
    is_flag=True,
    help="Make one pass and exit: 0 all well, 1 something was left or failed.",
)
@click.option(
    "--dry-run", is_flag=True, help="Print what a pass would do; change nothing anywhere."
)
@click.option(
    "--offering",
    "offerings",
    multiple=True,
    metavar="NAME",
    help="Work on this offering only (repeatable).",
)
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
@click.option(
    "--http-port",
    type=click.IntRange(1, 65535),
    metavar="PORT",
    help="Serve /healthz, /readyz and /metrics on this port, whatever the settings say.",
)
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
