"""``-m event_process``: offerings side by side, each worked on when a message says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.cli.side_by_side import Scope, work_side_by_side
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.runtime.tasks import EVENT_PROCESS, tasks_on_events

if TYPE_CHECKING:
    from waldur_site_agent.cli.wishes import Wishes

SCOPE = Scope(
    mode=EVENT_PROCESS,
    roles=(Role.ORDER_PROCESSING, Role.MEMBERSHIP_SYNC),
    tasks_of=tasks_on_events,
    nothing_to_do=(
        "none that was asked for has stomp_enabled: true and order_processing_backend or "
        "membership_sync_backend set."
    ),
)


def run_events(config_file: str, wishes: Wishes) -> int:
    """Start the agent; answers with the exit code."""
    return work_side_by_side(SCOPE, config_file, wishes)
