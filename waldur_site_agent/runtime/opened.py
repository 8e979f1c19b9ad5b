"""An offering opened for a command that does one thing and ends."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

from waldur_site_agent.sites.opening import connection_settings, open_site
from waldur_site_agent.waldur.connection import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.plugins.groups import Role
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.connection import ConnectionSettings
    from waldur_site_agent.waldur.gateway import Waldur


def connection_of(
    offering: Offering, configuration: AgentConfiguration, *, token: str = ""
) -> ConnectionSettings:
    """How a command reaches an offering's Waldur.

    Args:
        offering: whose.
        configuration: of the agent.
        token: instead of the offering's own credentials.
    """
    user_agent = f"waldur-site-agent-command/{version('waldur-site-agent')}"
    settings = connection_settings(offering, configuration, user_agent=user_agent)
    return replace(settings, token=token, oidc=None) if token else settings


@contextmanager
def opened_waldur(
    offering: Offering, configuration: AgentConfiguration, *, token: str = ""
) -> Iterator[Waldur]:
    """An offering's Waldur, for a command that needs no backend."""
    with connect(connection_of(offering, configuration, token=token)) as waldur:
        yield waldur


@contextmanager
def opened_site(
    offering: Offering, configuration: AgentConfiguration, *, role: Role, token: str = ""
) -> Iterator[Site]:
    """An offering at work; the backend is told where a pass begins and ends.

    Raises:
        PluginError: a plugin does not load or refuses its settings.
        WaldurError: Waldur did not tell about the offering.
    """
    connection = connection_of(offering, configuration, token=token)
    with connect(connection) as waldur:
        site = open_site(offering, configuration, role=role, waldur=waldur, connection=connection)
        site.backend.begin_pass()
        try:
            yield site
        finally:
            site.backend.end_pass()
