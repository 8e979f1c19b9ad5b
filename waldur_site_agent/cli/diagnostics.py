"""``waldur_site_diagnostics``: what an administrator wants to know before the first start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from waldur_site_agent.cli.main import DEFAULT_CONFIG_FILE, MODES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.sites.site import Site


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-m", "--mode", type=click.Choice(MODES), default="order_process", hidden=True)
@click.option("-c", "--config-file", default=DEFAULT_CONFIG_FILE, show_default=True)
@click.pass_context
def main(ctx: click.Context, /, *, mode: str, config_file: str) -> None:
    """Look at Waldur and the backend of every offering, read-only; exit 1 if anything is wrong."""
    del mode
    from waldur_site_agent.config.problems import ConfigurationError  # noqa: PLC0415 - --help needs none of it
    from waldur_site_agent.plugins.configured import load  # noqa: PLC0415 - the same
    from waldur_site_agent.runtime import logs  # noqa: PLC0415 - the same

    try:
        configured = load(config_file)
    except ConfigurationError as error:
        click.echo(str(error), err=True)
        ctx.exit(2)
    logs.configure(configured.configuration.log_level)
    fine = not configured.unusable
    for problems in configured.unusable.values():
        for problem in problems:
            click.echo(str(problem), err=True)
    for offering in configured.usable_offerings:
        click.echo(f"Offering {offering.name}")
        fine &= _diagnose(offering, configured.configuration)
    ctx.exit(0 if fine else 1)


def _diagnose(offering: Offering, configuration: AgentConfiguration) -> bool:
    """Go through one offering; the first thing that fails ends it."""
    from waldur_site_agent.plugins.errors import PluginError  # noqa: PLC0415 - --help needs none of it
    from waldur_site_agent.plugins.groups import Role  # noqa: PLC0415 - the same
    from waldur_site_agent.sites.opening import connection_settings, open_site  # noqa: PLC0415 - the same
    from waldur_site_agent.waldur.connection import connect  # noqa: PLC0415 - the same
    from waldur_site_agent.waldur.errors import WaldurError  # noqa: PLC0415 - the same

    connection = connection_settings(
        offering, configuration, user_agent="waldur-site-agent-diagnostics"
    )
    with connect(connection) as waldur:
        try:
            click.echo(f"  Waldur {waldur.server.version()} at {offering.waldur_api_url}")
            site = open_site(
                offering,
                configuration,
                role=Role.ORDER_PROCESSING,
                waldur=waldur,
                connection=connection,
            )
            for line in _findings(site):
                click.echo(f"  {line}")
            return _backend_is_well(site)
        except (WaldurError, PluginError) as error:
            click.echo(f"  FAILED: {error}", err=True)
            return False


def _findings(site: Site) -> Iterator[str]:
    from waldur_site_agent.orders.order_pass import list_orders  # noqa: PLC0415 - --help needs none of it

    details = site.reads.offering
    yield f"known there as {details.name!r}, {details.state}"
    yield "components: " + (", ".join(c.type for c in details.components) or "none")
    orders = list_orders(site.waldur, site.offering.waldur_offering_uuid)
    yield f"orders that wait for the agent: {len(orders)}"


def _backend_is_well(site: Site) -> bool:
    """The plugin's own diagnostics, and whether Waldur means the same cluster."""
    known, configured = site.reads.offering.backend_id, getattr(site.backend, "cluster_name", "")
    if known and configured and known != configured:
        click.echo(
            f"  FAILED: Waldur has {known!r} as the offering's backend id, the settings "
            f"have the cluster {configured!r}",
            err=True,
        )
        return False
    well = site.backend.diagnostics()
    click.echo("  backend: " + ("fine" if well else "FAILED, see above"))
    return bool(well)
