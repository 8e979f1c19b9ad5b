"""``waldur_site_agent plugins check``: a plugin tried out against its system, read-only."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn
from uuid import UUID

import click

from waldur_site_agent.backend.exceptions import BackendError, BackendNotReadyError
from waldur_site_agent.backend.redaction import scrub_secrets
from waldur_site_agent.cli.plan_text import order_lines
from waldur_site_agent.config.problems import ConfigurationError
from waldur_site_agent.orders.order_pass import plan_orders
from waldur_site_agent.plugins.configured import load
from waldur_site_agent.plugins.description import describe
from waldur_site_agent.plugins.errors import PluginError
from waldur_site_agent.plugins.groups import Group, Role, setting_of
from waldur_site_agent.plugins.loading import find
from waldur_site_agent.runtime import logs
from waldur_site_agent.runtime.opened import opened_site
from waldur_site_agent.runtime.trying_out import Outcome, try_out
from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.plugins.configured import Configured
    from waldur_site_agent.runtime.trying_out import Finding
    from waldur_site_agent.sites.site import Site

FINE, PROBLEMS, CANNOT_START = 0, 1, 2


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("name")
@click.option(
    "-c",
    "--config-file",
    type=click.Path(dir_okay=False),
    help="The agent's settings; without them only the plugin itself is looked at.",
)
@click.option("--offering", "offering_name", metavar="NAME", help="Look at this offering only.")
@click.option(
    "--order", "order_uuid", type=click.UUID, help="Also tell what would become of this order."
)
@click.pass_context
def check(
    ctx: click.Context,
    /,
    *,
    name: str,
    config_file: str | None,
    offering_name: str | None,
    order_uuid: UUID | None,
) -> None:
    """Try the plugin NAME out, step by step, against the system that it is configured for.

    Its hooks that read are called, on a few of each offering's resources; nothing is changed, on
    the backend or in Waldur. Exit code: 0 all is well, 1 something failed, 2 it could not be tried.
    """
    try:
        installed = find(Group.BACKENDS, name)
    except PluginError as error:
        _refuse(ctx, error)
    described = describe(installed)
    click.echo(f"{described.kind} {name}: {described.distribution} {described.version}")
    if described.error:
        _refuse(ctx, described.error)
    click.echo(f"  can: {', '.join(described.capabilities) or 'nothing beyond the plain contract'}")
    if config_file is None:
        ctx.exit(FINE)
    try:
        configured = load(config_file)
        offerings = list(_chosen(configured, name, offering_name))
    except (ConfigurationError, PluginError) as error:
        _refuse(ctx, error)
    # The findings are what is to be read: a plugin's own words go beside them.
    logs.configure(configured.configuration.log_level, stream=sys.stderr)
    well = [_try(one, role, configured.configuration, order_uuid) for one, role in offerings]
    ctx.exit(FINE if all(well) else PROBLEMS)


def _chosen(
    configured: Configured, name: str, offering_name: str | None
) -> Iterator[tuple[Offering, Role]]:
    """The offerings that use the plugin, each with a role in which they do.

    Raises:
        PluginError: there is none.
    """
    found = False
    for offering in configured.usable_offerings:
        role = _role(offering, name)
        if role is not None and offering_name in {None, offering.name}:
            found = True
            yield offering, role
    if not found:
        raise PluginError(_why_none(configured, name, offering_name))


def _role(offering: Offering, name: str) -> Role | None:
    """The first role for which an offering names the plugin; usage may need another one."""
    return next((role for role in Role if getattr(offering, setting_of(role)) == name), None)


def _why_none(configured: Configured, name: str, offering_name: str | None) -> str:
    if configured.unusable:
        told = "\n".join(str(problem) for problem in configured.problems)
        return f"no offering that can be used names the plugin {name!r}:\n{told}"
    if offering_name is not None:
        return f"there is no offering {offering_name!r} that names the plugin {name!r}"
    return f"no offering names the plugin {name!r}"


def _try(
    offering: Offering, role: Role, configuration: AgentConfiguration, order_uuid: UUID | None
) -> bool:
    """Try it for one offering; whether all went well."""
    click.echo(f"Offering {offering.name}")
    try:
        with opened_site(offering, configuration, role=role) as site:
            resources = site.waldur.resources.list(offering.waldur_offering_uuid, ("OK",))
            well = [_told(finding) for finding in try_out(site, resources)]
            return _order_is_planned(site, order_uuid) and all(well)
    except (WaldurError, PluginError, BackendError, BackendNotReadyError, OSError) as error:
        click.echo(f"  FAILED: {scrub_secrets(str(error))}", err=True)
        return False


def _told(finding: Finding) -> bool:
    click.echo(
        f"  {finding.outcome:<7} {finding.step} ({finding.seconds:.2f} s): {finding.said}",
        err=finding.outcome is Outcome.FAILED,
    )
    return finding.outcome is not Outcome.FAILED


def _order_is_planned(site: Site, order_uuid: UUID | None) -> bool:
    """Tell what would become of an order, if one was named."""
    if order_uuid is None:
        return True
    order = site.waldur.orders.get(order_uuid)
    if order.offering_uuid != UUID(site.offering.waldur_offering_uuid):
        click.echo(f"  the order {order_uuid.hex} is of another offering")
        return True
    for line in order_lines(plan_orders(site, [order])):
        click.echo(line)
    return True


def _refuse(ctx: click.Context, why: object) -> NoReturn:
    click.echo(str(why), err=True)
    ctx.exit(CANNOT_START)
    raise AssertionError  # pragma: no cover - the line above ends the command
