"""What ``waldur_site_agent run`` does: whatever an offering has a backend for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from waldur_site_agent.cli.assigning import Scope
from waldur_site_agent.cli.side_by_side import work_side_by_side
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.runtime.tasks import Periods, all_tasks

if TYPE_CHECKING:
    from waldur_site_agent.cli.wishes import Wishes


def run_everything(config_file: str, wishes: Wishes) -> int:
    """Start the agent; answers with the exit code."""
    return work_side_by_side(scope, config_file, wishes)


def scope() -> Scope:
    """All that is configured.

    Raises:
        ConfigurationError: the environment has a period that is none.
    """
    return Scope(
        mode="run",
        roles=tuple(Role),
        tasks_of=partial(all_tasks, periods=Periods.of_environment()),
        nothing_to_do=(
            "none that was asked for has order_processing_backend, membership_sync_backend or "
            "reporting_backend set."
        ),
    )
