"""The options that ``waldur_site_agent`` and its command ``run`` have in common."""

from __future__ import annotations

import click

DEFAULT_CONFIG_FILE = "waldur-site-agent-config.yaml"

config_file_option = click.option(
    "-c",
    "--config-file",
    type=click.Path(dir_okay=False),
    default=DEFAULT_CONFIG_FILE,
    show_default=True,
    help="The agent's settings.",
)
once_option = click.option(
    "--once",
    is_flag=True,
    help="Make one pass and exit: 0 all well, 1 something was left or failed.",
)
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Print what a pass would do; change nothing anywhere."
)
offering_option = click.option(
    "--offering",
    "offerings",
    multiple=True,
    metavar="NAME",
    help="Work on this offering only (repeatable).",
)
http_port_option = click.option(
    "--http-port",
    type=click.IntRange(1, 65535),
    metavar="PORT",
    help="Serve /healthz, /readyz and /metrics on this port, whatever the settings say.",
)
