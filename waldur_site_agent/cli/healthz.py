"""``waldur_site_healthz``: is the agent alive, and does Waldur know it?

Run by probes every few seconds: nothing heavy is imported for the liveness half.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from waldur_site_agent.runtime import heartbeat

if TYPE_CHECKING:
    from waldur_site_agent.config.models import AgentConfiguration, Offering

DEFAULT_CONFIG_FILE = "/etc/waldur-site-agent/config.yaml"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-c", "--config-file", default=DEFAULT_CONFIG_FILE, show_default=True)
@click.option(
    "--max-age", default=300, show_default=True, help="Seconds that a heartbeat may be old."
)
@click.option("--liveness-only", is_flag=True, help="Look at the heartbeat, not at Waldur.")
@click.pass_context
def main(ctx: click.Context, /, *, config_file: str, max_age: int, liveness_only: bool) -> None:
    """Exit with 0 when the agent is alive and Waldur accepts its token, else with 1."""
    ctx.exit(0 if _is_alive(max_age) and (liveness_only or _is_ready(config_file)) else 1)


def _is_alive(max_age: int) -> bool:
    age = heartbeat.age_seconds(heartbeat.path())
    if age is None:
        click.echo(f"There is no heartbeat in {heartbeat.path()}.", err=True)
        return False
    if age > max_age:
        click.echo(f"The last heartbeat is {age:.0f} s old.", err=True)
        return False
    return True


def _is_ready(config_file: str) -> bool:
    """Whether Waldur lets any offering's token in."""
    from waldur_site_agent.config.load import load  # noqa: PLC0415 - not needed for liveness
    from waldur_site_agent.config.problems import ConfigurationError  # noqa: PLC0415 - the same
    from waldur_site_agent.runtime import logs  # noqa: PLC0415 - the same

    logs.configure("WARNING", stream=sys.stderr)
    try:
        configuration = load(config_file).configuration
    except ConfigurationError as error:
        click.echo(str(error), err=True)
        return False
    return any(_answers(offering, configuration) for offering in configuration.offerings)


def _answers(offering: Offering, configuration: AgentConfiguration) -> bool:
    from waldur_site_agent.sites.opening import connection_settings  # noqa: PLC0415 - not needed for liveness
    from waldur_site_agent.waldur.connection import connect  # noqa: PLC0415 - the same
    from waldur_site_agent.waldur.errors import WaldurError  # noqa: PLC0415 - the same

    settings = connection_settings(offering, configuration, user_agent="waldur-site-agent-healthz")
    with connect(settings) as waldur:
        try:
            waldur.server.current_user()
        except WaldurError as error:
            click.echo(f"Offering {offering.name}: {error}", err=True)
            return False
    return True
