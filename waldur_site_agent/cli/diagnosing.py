"""Looking at one offering, for the diagnostics command. Nothing is changed anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from waldur_site_agent.backend.exceptions import BackendError, BackendNotReadyError
from waldur_site_agent.backend.redaction import scrub_secrets
from waldur_site_agent.orders.order_pass import list_orders
from waldur_site_agent.plugins.errors import PluginError
from waldur_site_agent.plugins.groups import Role, setting_of
from waldur_site_agent.sites.opening import connection_settings, open_site
from waldur_site_agent.waldur.connection import connect
from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.connection import ConnectionSettings
    from waldur_site_agent.waldur.gateway import Waldur

USER_AGENT = "waldur-site-agent-diagnostics"


def diagnose(offering: Offering, configuration: AgentConfiguration) -> bool:
    """Go through one offering and say what is found; False when anything is wrong."""
    connection = connection_settings(offering, configuration, user_agent=USER_AGENT)
    if not _plugins(offering):
        return _failed("it names no backend, so nothing is done for it")
    with connect(connection) as waldur:
        try:
            click.echo(f"  Waldur {waldur.server.version()} at {offering.waldur_api_url}")
            sites = _sites(offering, configuration, waldur, connection)
            for line in _findings(next(iter(sites.values()))):
                click.echo(f"  {line}")
        except (WaldurError, PluginError) as error:
            return _failed(str(error))
        well = [_is_well(name, site) for name, site in sites.items()]
        return all(well)


def _plugins(offering: Offering) -> Mapping[str, Role]:
    """Each plugin that the offering names, once, with a role that it has."""
    roles = {getattr(offering, setting_of(role)): role for role in Role}
    return {name: role for name, role in roles.items() if name}


def _sites(
    offering: Offering,
    configuration: AgentConfiguration,
    waldur: Waldur,
    connection: ConnectionSettings,
) -> Mapping[str, Site]:
    """The offering at work with each of its plugins."""
    return {
        name: open_site(offering, configuration, role=role, waldur=waldur, connection=connection)
        for name, role in _plugins(offering).items()
    }


def _findings(site: Site) -> Iterator[str]:
    details = site.reads.offering
    yield f"known there as {details.name!r}, {details.state}"
    yield "components: " + (", ".join(c.type for c in details.components) or "none")
    orders = list_orders(site.waldur, site.offering.waldur_offering_uuid)
    yield f"orders that wait for the agent: {len(orders)}"


def _is_well(name: str, site: Site) -> bool:
    """Whether Waldur means the same cluster, and what the plugin says of its backend."""
    known, configured = site.reads.offering.backend_id, getattr(site.backend, "cluster_name", "")
    if known and configured and known != configured:
        return _failed(
            f"Waldur has {known!r} as the offering's backend id, the settings have the cluster "
            f"{configured!r}"
        )
    try:
        well = bool(site.backend.diagnostics())
    except (BackendError, BackendNotReadyError, OSError) as error:
        return _failed(f"backend {name}: {scrub_secrets(str(error))}")
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin's defect is a finding like any other
        return _failed(f"backend {name}: its diagnostics have a defect: {error!r}")
    if not well:
        return _failed(f"backend {name}, see above")
    click.echo(f"  backend {name}: fine")
    return True


def _failed(why: str) -> bool:
    click.echo(f"  FAILED: {why}", err=True)
    return False
