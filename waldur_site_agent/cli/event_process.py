"""``-m event_process``: offerings side by side, each worked on when a message says so."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from waldur_site_agent.cli.assigning import Scope
from waldur_site_agent.cli.side_by_side import work_side_by_side
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.runtime.tasks import EVENT_PROCESS, Periods, tasks_on_events

if TYPE_CHECKING:
    from waldur_site_agent.cli.wishes import Wishes


def run_events(config_file: str, wishes: Wishes) -> int:
    """Start the agent; answers with the exit code."""
    return work_side_by_side(scope, config_file, wishes)


def scope() -> Scope:
    """What comes by events.

    Raises:
        ConfigurationError: the environment has a period that is none.
    """
    return Scope(
        mode=EVENT_PROCESS,
        roles=(Role.ORDER_PROCESSING, Role.MEMBERSHIP_SYNC),
        tasks_of=partial(tasks_on_events, periods=Periods.of_environment()),
        nothing_to_do=(
            "none that was asked for has stomp_enabled: true and order_processing_backend or "
            "membership_sync_backend set."
        ),
    )
