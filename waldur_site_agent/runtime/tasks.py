"""What a process does for an offering: by events or by polling, and how often (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from waldur_site_agent.config.periods import (
    MEMBERSHIP_SYNC,
    ORDER_PROCESS,
    RECONCILIATION,
    REPORT,
)
from waldur_site_agent.plugins.groups import Role, setting_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from waldur_site_agent.config.models import Offering
    from waldur_site_agent.plugins.loading import LoadedPlugin

    TasksOf: TypeAlias = Callable[[Offering, "Periods"], tuple["Task", ...]]

EVENT_PROCESS = "event_process"
HEALTH_CHECK_SECONDS = 1800.0
"""How often pending orders are listed, by which Waldur sees that the offering is served."""
POLLED_AS = {
    Role.ORDER_PROCESSING: "order_process",
    Role.MEMBERSHIP_SYNC: "membership_sync",
    Role.REPORTING: "report",
}
"""The mode that does the same by polling; Waldur shows it as a service of the agent."""


@dataclass(frozen=True, kw_only=True)
class Periods:
    """How often things are looked at, in seconds."""

    orders: float
    members: float
    usage: float
    reconciliation: float

    @classmethod
    def of_environment(cls) -> Periods:
        """Read the variables.

        Raises:
            ConfigurationError: one is no number of minutes.
        """
        return cls(
            orders=60 * ORDER_PROCESS.minutes(),
            members=60 * MEMBERSHIP_SYNC.minutes(),
            usage=60 * REPORT.minutes(),
            reconciliation=60 * RECONCILIATION.minutes(),
        )


@dataclass(frozen=True, kw_only=True)
class Task:
    """One thing that is done for an offering.

    Attributes:
        role: what a backend is used for.
        by_events: messages say when; time does, too, but more rarely.
        seconds: how often all of it is looked at.
        waiting_seconds: how soon to look again at what waits for something else, or failed as a
            whole: when polling would.
    """

    role: Role
    by_events: bool
    seconds: float
    waiting_seconds: float

    @property
    def service(self) -> str:
        """Under which mode Waldur shows it."""
        return EVENT_PROCESS if self.by_events else POLLED_AS[self.role]


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """An offering, what this process does for it, and with which backends."""

    offering: Offering
    tasks: tuple[Task, ...]
    plugins: Mapping[Role, LoadedPlugin]

    @property
    def listens(self) -> bool:
        """Whether messages are wanted."""
        return any(task.by_events for task in self.tasks)


def tasks_on_events(offering: Offering, periods: Periods) -> tuple[Task, ...]:
    """What events tell of; the rest is left to other processes."""
    return tuple(task for task in all_tasks(offering, periods) if task.by_events)


def all_tasks(offering: Offering, periods: Periods) -> tuple[Task, ...]:
    """All that is configured: events where they are enabled, polling otherwise."""
    return tuple(_task(role, offering, periods) for role in _filled(offering))


def is_on_events(role: Role, offering: Offering) -> bool:
    """Whether messages say when to look.

    ``stomp_membership_sync_enabled: false`` leaves members to polling; nothing tells that something
    was used.
    """
    match role:
        case Role.ORDER_PROCESSING:
            return offering.stomp_enabled
        case Role.MEMBERSHIP_SYNC:
            return offering.stomp_enabled and offering.stomp_membership_sync_enabled is not False
        case _:
            return False


def _filled(offering: Offering) -> Iterator[Role]:
    return (role for role in POLLED_AS if getattr(offering, setting_of(role)))


def _task(role: Role, offering: Offering, periods: Periods) -> Task:
    by_events = is_on_events(role, offering)
    polled = _polling_seconds(role, periods)
    seconds = _seconds_on_events(role, periods) if by_events else polled
    return Task(role=role, by_events=by_events, seconds=seconds, waiting_seconds=polled)


def _polling_seconds(role: Role, periods: Periods) -> float:
    match role:
        case Role.ORDER_PROCESSING:
            return periods.orders
        case Role.MEMBERSHIP_SYNC:
            return periods.members
    return periods.usage


def _seconds_on_events(role: Role, periods: Periods) -> float:
    if role is Role.ORDER_PROCESSING:
        return min(periods.reconciliation, HEALTH_CHECK_SECONDS)
    return periods.reconciliation
