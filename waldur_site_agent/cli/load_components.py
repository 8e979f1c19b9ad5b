"""``waldur_site_load_components``: write the components of the settings into Waldur."""

from __future__ import annotations

from functools import partial

import click

from waldur_site_agent.cli.main import MODES
from waldur_site_agent.cli.options import DEFAULT_CONFIG_FILE


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-m", "--mode", type=click.Choice(MODES), default="order_process", hidden=True)
@click.option("-c", "--config-file", default=DEFAULT_CONFIG_FILE, show_default=True)
@click.option("--offering", "names", multiple=True, metavar="NAME", help="This one only.")
@click.option("--dry-run", is_flag=True, help="Print the differences; write nothing.")
@click.pass_context
def main(
    ctx: click.Context, /, *, mode: str, config_file: str, names: tuple[str, ...], dry_run: bool
) -> None:
    """Write the components of every offering in the settings into Waldur, where they differ.

    What the settings do not say stays as it is in Waldur, limit periods above all; so do components
    that the settings do not have. The exit code is 1 when something failed.
    """
    del mode
    from waldur_site_agent.cli.each_offering import do_for_each  # noqa: PLC0415 - --help needs none of it
    from waldur_site_agent.runtime.loading_components import load_components  # noqa: PLC0415 - the same

    ctx.exit(do_for_each(config_file, names, partial(load_components, dry_run=dry_run)))
