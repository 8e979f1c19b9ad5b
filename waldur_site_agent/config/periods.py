"""How often things are done: the environment variables of the 1.x agent, read when asked for.

All are in minutes; fractions are fine. Blank counts as unset.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

from waldur_site_agent.config.problems import ENVIRONMENT, ConfigurationError, Problem


@dataclass(frozen=True, kw_only=True)
class Period:
    """A time span that the environment can change.

    Attributes:
        variable: the environment variable.
        default: minutes.
        zero_is_off: whether 0 is allowed, and switches the thing off.
    """

    variable: str
    default: float
    zero_is_off: bool = False

    def minutes(self) -> float:
        """Read the variable.

        Raises:
            ConfigurationError: it is no number of minutes.
        """
        written = os.environ.get(self.variable, "").strip()
        if not written:
            return self.default
        minutes = _number(written)
        if minutes > 0 or (self.zero_is_off and minutes == 0):
            return minutes
        raise ConfigurationError([self._refused(written)])

    def _refused(self, written: str) -> Problem:
        or_off = ", or 0 for off" if self.zero_is_off else ""
        return Problem(
            file=ENVIRONMENT,
            key=self.variable,
            found=repr(written),
            expected=f"a number of minutes above 0{or_off}",
            hint=f"Without the variable it is {self.default:g}.",
        )


ORDER_PROCESS = Period(variable="WALDUR_SITE_AGENT_ORDER_PROCESS_PERIOD_MINUTES", default=5.0)
REPORT = Period(variable="WALDUR_SITE_AGENT_REPORT_PERIOD_MINUTES", default=30.0)
MEMBERSHIP_SYNC = Period(variable="WALDUR_SITE_AGENT_MEMBERSHIP_SYNC_PERIOD_MINUTES", default=5.0)
RECONCILIATION = Period(variable="WALDUR_SITE_AGENT_RECONCILIATION_PERIOD_MINUTES", default=60.0)
STOMP_UNHEALTHY_AFTER = Period(
    variable="WALDUR_SITE_AGENT_STOMP_UNHEALTHY_AFTER_MINUTES", default=15.0
)
STOMP_HANDLER_STUCK_AFTER = Period(
    variable="WALDUR_SITE_AGENT_STOMP_HANDLER_STUCK_AFTER_MINUTES", default=30.0
)
RESOURCE_STATUS_RECONCILIATION = Period(
    variable="WALDUR_SITE_AGENT_RESOURCE_STATUS_RECONCILIATION_MINUTES",
    default=60.0,
    zero_is_off=True,
)

ALL = (
    ORDER_PROCESS,
    REPORT,
    MEMBERSHIP_SYNC,
    RECONCILIATION,
    STOMP_UNHEALTHY_AFTER,
    STOMP_HANDLER_STUCK_AFTER,
    RESOURCE_STATUS_RECONCILIATION,
)


def order_process_minutes() -> float:
    """Minutes between two passes over the orders."""
    return ORDER_PROCESS.minutes()


def order_process_seconds() -> float:
    """The same in seconds."""
    return 60 * order_process_minutes()


def report_minutes() -> float:
    """Minutes between two usage reports."""
    return REPORT.minutes()


def membership_sync_minutes() -> float:
    """Minutes between two membership passes."""
    return MEMBERSHIP_SYNC.minutes()


def reconciliation_minutes() -> float:
    """Minutes between two reconciliations of an agent that works on events."""
    return RECONCILIATION.minutes()


def _number(written: str) -> float:
    """Read a finite number; what is none is -1, which nobody accepts."""
    try:
        number = float(written)
    except ValueError:
        return -1.0
    return number if math.isfinite(number) else -1.0
