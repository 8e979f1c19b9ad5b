"""``waldur_site_diagnostics``: what an administrator wants to know before the first start."""

from __future__ import annotations

import click

from waldur_site_agent.cli.main import MODES
from waldur_site_agent.cli.options import DEFAULT_CONFIG_FILE


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-m", "--mode", type=click.Choice(MODES), default="order_process", hidden=True)
@click.option("-c", "--config-file", default=DEFAULT_CONFIG_FILE, show_default=True)
@click.pass_context
def main(ctx: click.Context, /, *, mode: str, config_file: str) -> None:
    """Look at Waldur and the backend of every offering, read-only; exit 1 if anything is wrong."""
    del mode
    from waldur_site_agent.cli.diagnosing import diagnose  # noqa: PLC0415 - --help needs none of it
    from waldur_site_agent.config.problems import ConfigurationError  # noqa: PLC0415 - the same
    from waldur_site_agent.plugins.configured import load  # noqa: PLC0415 - the same
    from waldur_site_agent.runtime import logs  # noqa: PLC0415 - the same

    try:
        configured = load(config_file)
    except ConfigurationError as error:
        click.echo(str(error), err=True)
        ctx.exit(2)
    logs.configure(configured.configuration.log_level)
    for problem in configured.problems:
        click.echo(str(problem), err=True)
    fine = not configured.unusable
    for offering in configured.usable_offerings:
        click.echo(f"Offering {offering.name}")
        fine &= diagnose(offering, configured.configuration)
    ctx.exit(0 if fine else 1)
