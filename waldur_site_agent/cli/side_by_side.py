"""Processes in which offerings are worked on side by side: ``-m event_process`` and ``run``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import click
import structlog

from waldur_site_agent.cli.in_view import work_in_view
from waldur_site_agent.cli.planning import plan_tasks
from waldur_site_agent.cli.starting import check_options, read_settings, unusable
from waldur_site_agent.cli.wishes import CannotStartError, agent_version
from waldur_site_agent.config.problems import ConfigurationError
from waldur_site_agent.plugins.errors import PluginError
from waldur_site_agent.plugins.groups import setting_of
from waldur_site_agent.plugins.loading import load_backend
from waldur_site_agent.runtime import heartbeat
from waldur_site_agent.runtime.connections import Connections
from waldur_site_agent.runtime.queue_agent import QueueAgent, configured_patience
from waldur_site_agent.runtime.setting_up import Premises, set_up
from waldur_site_agent.runtime.stop import Stop
from waldur_site_agent.runtime.tasks import Assignment, Periods

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from waldur_site_agent.cli.wishes import Wishes
    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.events.consumer import Consumer
    from waldur_site_agent.plugins.configured import Configured
    from waldur_site_agent.plugins.groups import Role
    from waldur_site_agent.runtime.listening import Ears
    from waldur_site_agent.runtime.liveness import Patience
    from waldur_site_agent.runtime.tasks import TasksOf

logger = structlog.get_logger(__name__)

FINE, LEFT, CANNOT_START = 0, 1, 2

PREFETCH = 10_000
"""As many messages as Waldur's queue holds: a storm can only collapse among those that are here."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What such a process does.

    Attributes:
        mode: what it is called.
        roles: those that it plays.
        tasks_of: what it does for an offering; nothing, where that is left to others.
        nothing_to_do: tells why no offering is left, where all could be used.
    """

    mode: str
    roles: Collection[Role]
    tasks_of: TasksOf
    nothing_to_do: str


def work_side_by_side(scope: Scope, config_file: str, wishes: Wishes) -> int:
    """Start the agent; answers with the exit code."""
    try:
        check_options(scope.mode, wishes)
        timing = _Timing.of_environment()
        configured = read_settings(config_file, scope.roles, wishes)
        assignments = _assignments(scope, configured, timing.periods, wishes)
    except (CannotStartError, ConfigurationError) as error:
        click.echo(str(error), err=True)
        return CANNOT_START
    code = _work(scope, configured.configuration, assignments, timing.patience, wishes)
    if not (wishes.dry_run or wishes.once):
        return code
    return code or (LEFT if unusable(configured, wishes.offerings) else FINE)


@dataclass(frozen=True, kw_only=True)
class _Timing:
    """What the environment says of how often, and how long."""

    periods: Periods
    patience: Patience

    @classmethod
    def of_environment(cls) -> _Timing:
        return cls(periods=Periods.of_environment(), patience=configured_patience())


def _work(
    scope: Scope,
    configuration: AgentConfiguration,
    assignments: Sequence[Assignment],
    patience: Patience,
    wishes: Wishes,
) -> int:
    if wishes.dry_run:
        return plan_tasks(assignments, configuration, wishes)
    agent = _agent(scope.mode, configuration, assignments, patience)
    return work_in_view(
        lambda: _run(agent, once=wishes.once),
        mode=scope.mode,
        configuration=configuration,
        offerings=[one.offering for one in assignments],
        wishes=wishes,
    )


def _agent(
    mode: str,
    configuration: AgentConfiguration,
    assignments: Sequence[Assignment],
    patience: Patience,
) -> QueueAgent:
    stop = Stop()
    stop.listen()
    premises = Premises(
        configuration=configuration,
        mode=mode,
        version=agent_version(),
        stop=stop,
        connections=Connections(),
        listen=_listen,
    )
    return QueueAgent(
        offerings=[set_up(one, premises) for one in assignments],
        stop=stop,
        patience=patience,
        beat=partial(heartbeat.beat, heartbeat.path()),
    )


def _run(agent: QueueAgent, *, once: bool) -> int:
    logger.info("agent.ready", version=agent_version(), offerings=len(agent.offerings))
    if once:
        return FINE if agent.once() else LEFT
    agent.forever()
    return FINE


def _listen(ears: Ears) -> Consumer:
    from waldur_site_agent.events.consumer import Consumer  # noqa: PLC0415 - only who listens pays
    from waldur_site_agent.events.session import Wishes as SessionWishes  # noqa: PLC0415 - the same

    return Consumer(
        subject=ears.subject,
        waldur=ears.waldur,
        identity=ears.identity,
        broker=ears.broker,
        deliver=ears.deliver,
        wishes=SessionWishes(prefetch=PREFETCH),
    )


def _assignments(
    scope: Scope, configured: Configured, periods: Periods, wishes: Wishes
) -> list[Assignment]:
    assignments = list(_at_work(scope, configured, periods, wishes.offerings))
    if not assignments:
        raise CannotStartError(_why_none_is_left(scope, configured, wishes.offerings))
    return assignments


def _at_work(
    scope: Scope, configured: Configured, periods: Periods, names: Sequence[str]
) -> Iterator[Assignment]:
    """The offerings that this process works on."""
    for offering in configured.usable_offerings:
        if names and offering.name not in names:
            continue
        try:
            assignment = _assignment(scope, offering, periods)
        except PluginError as error:
            logger.error("offering.unusable", offering=offering.name, why=str(error))  # noqa: TRY400 - a plugin's fault, told in full by the message
            continue
        if assignment.tasks:
            yield assignment


def _assignment(scope: Scope, offering: Offering, periods: Periods) -> Assignment:
    tasks = scope.tasks_of(offering, periods)
    roles = [task.role for task in tasks]
    plugins = {role: load_backend(str(getattr(offering, setting_of(role)))) for role in roles}
    return Assignment(offering=offering, tasks=tasks, plugins=plugins)


def _why_none_is_left(scope: Scope, configured: Configured, names: Sequence[str]) -> str:
    if unusable(configured, names):
        return "No offering is left to work on: mend what is told above."
    return f"No offering is left to work on: {scope.nothing_to_do}"
