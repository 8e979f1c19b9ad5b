"""``-m order_process``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.cli.plan_text import order_lines
from waldur_site_agent.cli.wishes import Wishes, agent_version
from waldur_site_agent.runtime.order_mode import OfferingOrders

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
) -> OfferingOrders:
    """Orders become accounts."""
    del wishes
    return OfferingOrders(
        offering, configuration, plugin, version=agent_version(), connections=connections
    )


def lines(work: OfferingOrders) -> Iterator[str]:
    """One line an order, one line a step."""
    return order_lines(work.dry_run())
