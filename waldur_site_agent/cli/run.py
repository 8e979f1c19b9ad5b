"""Running the agent in one mode."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.cli.assigning import Scope
from waldur_site_agent.cli.in_view import work_in_view
from waldur_site_agent.cli.modes import load_mode
from waldur_site_agent.cli.planning import plan_tasks
from waldur_site_agent.cli.starting import FINE, LEFT, start
from waldur_site_agent.cli.wishes import CannotStartError, Wishes, agent_version
from waldur_site_agent.plugins.groups import setting_of
from waldur_site_agent.runtime.agent import Agent
from waldur_site_agent.runtime.modes import MODES, Mode
from waldur_site_agent.runtime.renewal import Renewal
from waldur_site_agent.runtime.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waldur_site_agent.cli.in_view import Show
    from waldur_site_agent.cli.starting import Start
    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.runtime.offering_work import OfferingWork
    from waldur_site_agent.runtime.tasks import Assignment

logger = structlog.get_logger(__name__)

EVENT_PROCESS = "event_process"


def run(mode_name: str, config_file: str, wishes: Wishes) -> int:
    """Start the agent; answers with the exit code."""
    if mode_name == EVENT_PROCESS:
        from waldur_site_agent.cli.event_process import run_events  # noqa: PLC0415 - only it pays

        return run_events(config_file, wishes)
    mode = MODES[mode_name]
    return start(partial(_scope, mode), config_file, wishes, partial(_work, mode))


def _scope(mode: Mode) -> Scope:
    return Scope(
        mode=mode.name,
        roles=(mode.role,),
        tasks_of=partial(_tasks_of, mode, 60 * mode.period.minutes()),
        nothing_to_do=(
            f"none that was asked for has {setting_of(mode.role)} set and is polled "
            "(stomp_enabled: false)."
        ),
    )


def _tasks_of(mode: Mode, seconds: float, offering: Offering) -> tuple[Task, ...]:
    if not mode.works_on(offering):
        return ()
    return (Task(role=mode.role, by_events=False, seconds=seconds, waiting_seconds=seconds),)


def _work(mode: Mode, begun: Start) -> int:
    assignments = list(begun.in_force.assignments.values())
    if begun.wishes.resources and len(assignments) > 1:
        raise CannotStartError("--resource needs --offering, as the file has several.")
    if begun.wishes.dry_run:
        return plan_tasks(begun)
    begin = partial(_begin, mode, begun)
    offerings = [begin(one, begun.in_force.configuration) for one in assignments]
    return work_in_view(begun, partial(_run, begun, begin, offerings, 60 * mode.period.minutes()))


def _begin(
    mode: Mode, begun: Start, assignment: Assignment, configuration: AgentConfiguration
) -> OfferingWork:
    plugin = assignment.plugins[mode.role]
    return load_mode(mode.name).work_of(
        assignment.offering, configuration, plugin, begun.wishes, begun.connections
    )


def _run(
    begun: Start,
    begin: Callable[[Assignment, AgentConfiguration], OfferingWork],
    offerings: Sequence[OfferingWork],
    period: float,
    show: Show,
) -> int:
    logger.info("agent.ready", version=agent_version(), offerings=len(offerings))
    if begun.wishes.once:
        return _once(Agent(offerings=list(offerings), stop=begun.stop))
    renewal = Renewal(reloading=begun.reloading(), begin=begin, show=show)
    agent = Agent(offerings=list(offerings), stop=begun.stop, renewal=renewal)
    agent.forever(period_seconds=period)
    return FINE


def _once(agent: Agent) -> int:
    try:
        return FINE if agent.once() else LEFT
    finally:
        agent.close()
