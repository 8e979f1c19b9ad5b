"""``-m report``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.cli.usage_text import usage_lines
from waldur_site_agent.cli.wishes import CannotStartError, Wishes, agent_version
from waldur_site_agent.runtime.report_mode import OfferingUsage
from waldur_site_agent.usage.periods import asked_months

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.plugins.loading import LoadedPlugin
    from waldur_site_agent.runtime.connections import Connections


def work_of(
    offering: Offering,
    configuration: AgentConfiguration,
    plugin: LoadedPlugin,
    wishes: Wishes,
    connections: Connections,
) -> OfferingUsage:
    """Usage goes to Waldur."""
    try:
        months = asked_months(wishes.periods, configuration.timezone)
    except ValueError as error:
        raise CannotStartError(f"--period: {error}.") from None
    return OfferingUsage(
        offering,
        configuration,
        plugin,
        version=agent_version(),
        connections=connections,
        only=wishes.resources,
        months=months,
    )


def lines(work: OfferingUsage) -> Iterator[str]:
    """A table: resource, period, component, reported before, now."""
    return usage_lines(work.dry_run())
