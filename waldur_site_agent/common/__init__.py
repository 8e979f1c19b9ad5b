"""The import paths of the 1.x agent that third-party plugins use, and nothing else.

Each name is loaded when it is asked for, and only that one. The agent itself imports nothing from
here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    WALDUR_SITE_AGENT_ORDER_PROCESS_PERIOD_MINUTES: float
    WALDUR_SITE_AGENT_REPORT_PERIOD_MINUTES: float
    WALDUR_SITE_AGENT_MEMBERSHIP_SYNC_PERIOD_MINUTES: float
    WALDUR_SITE_AGENT_RECONCILIATION_PERIOD_MINUTES: float

MARKETPLACE_SLURM_OFFERING_TYPE = "Marketplace.Slurm"
"""The type of the offerings in Waldur that agents look after."""

_PERIODS = {
    "WALDUR_SITE_AGENT_ORDER_PROCESS_PERIOD_MINUTES": "order_process_minutes",
    "WALDUR_SITE_AGENT_REPORT_PERIOD_MINUTES": "report_minutes",
    "WALDUR_SITE_AGENT_MEMBERSHIP_SYNC_PERIOD_MINUTES": "membership_sync_minutes",
    "WALDUR_SITE_AGENT_RECONCILIATION_PERIOD_MINUTES": "reconciliation_minutes",
}


def __getattr__(name: str) -> float:
    """Read a period from the environment when it is asked for."""
    if name not in _PERIODS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from waldur_site_agent.config import periods  # noqa: PLC0415 - only who asks pays

    return float(getattr(periods, _PERIODS[name])())
