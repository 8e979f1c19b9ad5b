"""``-m event_process``: offerings side by side, each worked on when a message says so."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import click
import structlog

from waldur_site_agent.cli.in_view import work_in_view
from waldur_site_agent.cli.modes import load_mode
from waldur_site_agent.cli.starting import check_options, read_settings, unusable
from waldur_site_agent.cli.wishes import CannotStartError, agent_version
from waldur_site_agent.config.periods import RECONCILIATION
from waldur_site_agent.config.problems import ConfigurationError
from waldur_site_agent.events.broker import broker_of
from waldur_site_agent.events.consumer import Consumer
from waldur_site_agent.events.session import Wishes as SessionWishes
from waldur_site_agent.plugins.errors import PluginError
from waldur_site_agent.plugins.groups import Role, setting_of
from waldur_site_agent.plugins.loading import load_backend
from waldur_site_agent.runtime import heartbeat
from waldur_site_agent.runtime.agent import OF_THE_SITE
from waldur_site_agent.runtime.event_mode import (
    EventAgent,
    configured_patience,
    members_by_events,
    orders_by_events,
)
from waldur_site_agent.runtime.event_offering import MODE, OfferingEvents
from waldur_site_agent.runtime.stop import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from waldur_site_agent.cli.wishes import Wishes
    from waldur_site_agent.config.models import Offering
    from waldur_site_agent.plugins.configured import Configured
    from waldur_site_agent.plugins.loading import LoadedPlugin
    from waldur_site_agent.runtime.event_offering import Ears
    from waldur_site_agent.runtime.liveness import Patience

logger = structlog.get_logger(__name__)

FINE, LEFT, CANNOT_START = 0, 1, 2

PREFETCH = 10_000
"""As many messages as Waldur's queue holds: a storm can only collapse among those that are here."""
MODES = {Role.ORDER_PROCESSING: "order_process", Role.MEMBERSHIP_SYNC: "membership_sync"}
"""The polling mode that plans the same work."""


def run_events(config_file: str, wishes: Wishes) -> int:
    """Start the agent; answers with the exit code."""
    try:
        check_options(MODE, wishes)
        settings = _Settings.of_environment()
        configured = read_settings(config_file, tuple(MODES), wishes)
        chosen = _chosen(configured, wishes)
    except (CannotStartError, ConfigurationError) as error:
        click.echo(str(error), err=True)
        return CANNOT_START
    if wishes.dry_run:
        code = _dry_run(configured, chosen, wishes)
    else:
        agent = _agent(configured, chosen, settings)
        code = work_in_view(
            lambda: _run(agent, once=wishes.once),
            mode=MODE,
            configuration=configured.configuration,
            offerings=[one.offering for one in chosen],
            wishes=wishes,
        )
    if not (wishes.dry_run or wishes.once):
        return code
    return code or (LEFT if unusable(configured, wishes.offerings) else FINE)


@dataclass(frozen=True, kw_only=True)
class _Settings:
    """What the environment says."""

    patience: Patience
    reconciliation_seconds: float

    @classmethod
    def of_environment(cls) -> _Settings:
        return cls(
            patience=configured_patience(), reconciliation_seconds=60 * RECONCILIATION.minutes()
        )


def _agent(configured: Configured, chosen: Sequence[Chosen], settings: _Settings) -> EventAgent:
    stop = Stop()
    stop.listen()
    offerings = [
        OfferingEvents(
            one.offering,
            configured.configuration,
            one.plugins,
            version=agent_version(),
            stop=stop,
            reconciliation_seconds=settings.reconciliation_seconds,
            listen=_listen,
        )
        for one in chosen
    ]
    beat = partial(heartbeat.beat, heartbeat.path())
    return EventAgent(offerings=offerings, stop=stop, patience=settings.patience, beat=beat)


def _run(agent: EventAgent, *, once: bool) -> int:
    logger.info("agent.ready", version=agent_version(), offerings=len(agent.offerings))
    if once:
        return FINE if agent.once() else LEFT
    agent.forever()
    return FINE


def _listen(ears: Ears) -> Consumer:
    return Consumer(
        offering=ears.offering,
        waldur=ears.waldur,
        identity=ears.identity,
        broker=broker_of(ears.offering, ears.connection),
        deliver=ears.deliver,
        wishes=SessionWishes(prefetch=PREFETCH),
    )


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """An offering to work on, with the backends of what is done there."""

    offering: Offering
    plugins: Mapping[Role, LoadedPlugin]


def _chosen(configured: Configured, wishes: Wishes) -> list[Chosen]:
    chosen = list(_on_events(configured, wishes))
    if not chosen:
        raise CannotStartError(_why_none_is_left(configured, wishes.offerings))
    return chosen


def _on_events(configured: Configured, wishes: Wishes) -> Iterator[Chosen]:
    for offering in configured.usable_offerings:
        if wishes.offerings and offering.name not in wishes.offerings:
            continue
        try:
            plugins = {role: _plugin(offering, role) for role in _roles(offering)}
        except PluginError as error:
            logger.error("offering.unusable", offering=offering.name, why=str(error))  # noqa: TRY400 - a plugin's fault, told in full by the message
            continue
        if plugins:
            yield Chosen(offering=offering, plugins=plugins)


def _plugin(offering: Offering, role: Role) -> LoadedPlugin:
    return load_backend(str(getattr(offering, setting_of(role))))


def _roles(offering: Offering) -> Iterator[Role]:
    if orders_by_events(offering):
        yield Role.ORDER_PROCESSING
    if members_by_events(offering):
        yield Role.MEMBERSHIP_SYNC


def _dry_run(configured: Configured, chosen: Sequence[Chosen], wishes: Wishes) -> int:
    """Print what a reconciliation would do."""
    code = FINE
    for one in chosen:
        click.echo(f"Offering {one.offering.name}:")
        for role in one.plugins:
            code |= _plan(configured, one, role, wishes)
    return code


def _plan(configured: Configured, one: Chosen, role: Role, wishes: Wishes) -> int:
    mode = load_mode(MODES[role])
    work = mode.work_of(one.offering, configured.configuration, one.plugins[role], wishes)
    try:
        for line in mode.lines(work):
            click.echo(line)
    except OF_THE_SITE as error:
        click.echo(f"  {error}", err=True)
        return LEFT
    finally:
        work.close()
    return FINE


def _why_none_is_left(configured: Configured, names: Sequence[str]) -> str:
    if unusable(configured, names):
        return "No offering is left to work on: mend what is told above."
    return (
        "No offering is left to work on: none that was asked for has stomp_enabled: true and "
        "order_processing_backend or membership_sync_backend set."
    )
