"""Processes in which offerings are worked on side by side: ``-m event_process`` and ``run``."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.cli.in_view import work_in_view
from waldur_site_agent.cli.planning import plan_tasks
from waldur_site_agent.cli.starting import FINE, LEFT, start
from waldur_site_agent.cli.wishes import agent_version
from waldur_site_agent.runtime import heartbeat
from waldur_site_agent.runtime.queue_agent import QueueAgent, configured_patience, look_once
from waldur_site_agent.runtime.renewal import Renewal
from waldur_site_agent.runtime.setting_up import Premises, set_up
from waldur_site_agent.runtime.succession import Succession

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waldur_site_agent.cli.assigning import Scope
    from waldur_site_agent.cli.in_view import Show
    from waldur_site_agent.cli.starting import Start
    from waldur_site_agent.cli.wishes import Wishes
    from waldur_site_agent.config.models import AgentConfiguration
    from waldur_site_agent.events.consumer import Consumer
    from waldur_site_agent.runtime.listening import Ears
    from waldur_site_agent.runtime.liveness import Patience
    from waldur_site_agent.runtime.running_offering import RunningOffering
    from waldur_site_agent.runtime.tasks import Assignment

logger = structlog.get_logger(__name__)

PREFETCH = 10_000
"""As many messages as Waldur's queue holds: a storm can only collapse among those that are here."""


def work_side_by_side(scope: Callable[[], Scope], config_file: str, wishes: Wishes) -> int:
    """Start the agent; answers with the exit code."""
    return start(scope, config_file, wishes, _work)


def _work(begun: Start) -> int:
    patience = configured_patience()
    if begun.wishes.dry_run:
        return plan_tasks(begun)
    return work_in_view(begun, partial(_run, begun, patience))


def _run(begun: Start, patience: Patience, show: Show) -> int:
    begin = partial(_begin, _premises(begun))
    in_force = begun.in_force
    offerings = [begin(one, in_force.configuration) for one in in_force.assignments.values()]
    logger.info("agent.ready", version=agent_version(), offerings=len(offerings))
    if begun.wishes.once:
        return FINE if look_once(offerings, begun.stop) else LEFT
    _agent(
        begun, patience, offerings, Renewal(reloading=begun.reloading(), begin=begin, show=show)
    ).forever()
    return FINE


def _agent(
    begun: Start,
    patience: Patience,
    offerings: Sequence[RunningOffering],
    renewal: Renewal[RunningOffering],
) -> QueueAgent:
    return QueueAgent(
        offerings=Succession(offerings),
        stop=begun.stop,
        patience=patience,
        beat=partial(heartbeat.beat, heartbeat.path()),
        renewal=renewal,
    )


def _premises(begun: Start) -> Premises:
    return Premises(
        configuration=begun.in_force.configuration,
        mode=begun.mode,
        version=agent_version(),
        stop=begun.stop,
        connections=begun.connections,
        listen=_listen,
    )


def _begin(
    premises: Premises, assignment: Assignment, configuration: AgentConfiguration
) -> RunningOffering:
    return set_up(assignment, replace(premises, configuration=configuration))


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
