"""``-m membership_sync``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.cli.plan_text import member_lines
from waldur_site_agent.cli.wishes import Wishes, agent_version
from waldur_site_agent.runtime.membership_mode import OfferingMembers

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
) -> OfferingMembers:
    """Who is on a team is on the account."""
    return OfferingMembers(
        offering,
        configuration,
        plugin,
        version=agent_version(),
        connections=connections,
        only=wishes.resources,
        force=wishes.force,
    )


def lines(work: OfferingMembers) -> Iterator[str]:
    """Who would come and go, and what else."""
    return member_lines(work.dry_run())
