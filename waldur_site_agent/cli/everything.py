"""What ``waldur_site_agent run`` does: whatever an offering has a backend for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.cli.side_by_side import Scope, work_side_by_side
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.runtime.tasks import all_tasks

if TYPE_CHECKING:
    from waldur_site_agent.cli.wishes import Wishes

SCOPE = Scope(
    mode="run",
    roles=tuple(Role),
    tasks_of=all_tasks,
    nothing_to_do=(
        "none that was asked for has order_processing_backend, membership_sync_backend or "
        "reporting_backend set."
    ),
)


def run_everything(config_file: str, wishes: Wishes) -> int:
    """Start the agent; answers with the exit code."""
    return work_side_by_side(SCOPE, config_file, wishes)
