"""The modes as the command line sees them: how each is made, and how its plans read.

A process imports the one that it runs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waldur_site_agent.cli.wishes import Wishes
    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.plugins.loading import LoadedPlugin
    from waldur_site_agent.runtime.connections import Connections
    from waldur_site_agent.runtime.offering_work import OfferingWork

TAKERS = {
    "--resource": ("membership_sync", "report"),
    "--period": ("report",),
    "--force": ("membership_sync",),
}
"""The modes that take an option that not every mode takes."""


class CommandMode(Protocol):
    """What each module here offers."""

    def work_of(
        self,
        offering: Offering,
        configuration: AgentConfiguration,
        plugin: LoadedPlugin,
        wishes: Wishes,
        connections: Connections,
    ) -> OfferingWork:
        """Make the work on one offering.

        Raises:
            CannotStartError: an option has a value that it cannot have.
        """

    def lines(self, work: OfferingWork) -> Iterator[str]:
        """What a pass would do, as text."""


def load_mode(name: str) -> CommandMode:
    """Import one mode."""
    return cast("CommandMode", import_module(f"{__name__}.{name}"))
