"""Running the agent in one mode."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

import click
import structlog

from waldur_site_agent.backend.exceptions import BackendError, BackendNotReadyError
from waldur_site_agent.cli.plan_text import plan_lines
from waldur_site_agent.config.periods import order_process_seconds
from waldur_site_agent.config.problems import ConfigurationError
from waldur_site_agent.plugins.configured import load
from waldur_site_agent.plugins.errors import PluginError
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.plugins.loading import load_backend
from waldur_site_agent.runtime import logs
from waldur_site_agent.runtime.agent import Agent
from waldur_site_agent.runtime.order_mode import OfferingOrders
from waldur_site_agent.runtime.stop import Stop
from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from waldur_site_agent.config.models import Offering
    from waldur_site_agent.plugins.configured import Configured

logger = structlog.get_logger(__name__)

FINE, LEFT, CANNOT_START = 0, 1, 2


def run(mode: str, config_file: str, *, once: bool, dry_run: bool, names: Sequence[str]) -> int:
    """Start the agent; answers with the exit code."""
    if mode != "order_process":
        return _refuse(f"The mode {mode} is not part of this version yet; order_process is.")
    try:
        period = order_process_seconds()
        configured = load(config_file, roles=(Role.ORDER_PROCESSING,))
    except ConfigurationError as error:
        return _refuse(str(error))
    unknown = set(names) - {offering.name for offering in configured.configuration.offerings}
    if unknown:
        return _refuse(f"{config_file} has no offering named {', '.join(sorted(unknown))}.")
    # A dry run prints its plans on stdout; what is logged meanwhile must not stand between them.
    logs.configure(configured.configuration.log_level, stream=sys.stderr if dry_run else None)
    _tell_problems(configured)
    offerings = list(_order_offerings(configured, names))
    if not offerings:
        return _refuse(_why_none_is_left(configured, names))
    if not (dry_run or once):
        return _forever(offerings, period)
    code = _dry_run(offerings) if dry_run else _once(offerings)
    return code or (LEFT if _unusable(configured, names) else FINE)


def _forever(offerings: Sequence[OfferingOrders], period: float) -> int:
    _ready(offerings).forever(period_seconds=period)
    return FINE


def _once(offerings: Sequence[OfferingOrders]) -> int:
    agent = _ready(offerings)
    try:
        return FINE if agent.once() else LEFT
    finally:
        agent.close()


def _ready(offerings: Sequence[OfferingOrders]) -> Agent:
    agent = Agent(offerings=offerings, stop=Stop())
    agent.stop.listen()
    logger.info("agent.ready", version=_version(), offerings=len(offerings))
    return agent


def _dry_run(offerings: Sequence[OfferingOrders]) -> int:
    code = FINE
    for offering in offerings:
        click.echo(f"Offering {offering.offering.name}:")
        try:
            for line in plan_lines(offering.dry_run()):
                click.echo(line)
        except (WaldurError, PluginError, BackendError, BackendNotReadyError) as error:
            click.echo(f"  {error}", err=True)
            code = LEFT
        finally:
            offering.close()
    return code


def _order_offerings(configured: Configured, names: Sequence[str]) -> Iterable[OfferingOrders]:
    """The offerings whose orders this process works on."""
    for offering in configured.usable_offerings:
        if (names and offering.name not in names) or not _is_polled(offering):
            continue
        try:
            plugin = load_backend(offering.order_processing_backend)
        except PluginError as error:
            logger.error("offering.unusable", offering=offering.name, why=str(error))  # noqa: TRY400 - a plugin's fault, told in full by the message
            continue
        yield OfferingOrders(offering, configured.configuration, plugin, version=_version())


def _is_polled(offering: Offering) -> bool:
    """Offerings on events belong to event_process; a blank backend switches orders off."""
    return bool(offering.order_processing_backend) and not offering.stomp_enabled


def _unusable(configured: Configured, names: Sequence[str]) -> frozenset[str]:
    """Offerings that this process was to work on, and cannot."""
    return frozenset(name for name in configured.unusable if not names or name in names)


def _why_none_is_left(configured: Configured, names: Sequence[str]) -> str:
    if _unusable(configured, names):
        return "No offering is left to work on: mend what is told above."
    return (
        "No offering is left to work on: none that was asked for has an order_processing_backend "
        "and is polled (stomp_enabled: false)."
    )


def _tell_problems(configured: Configured) -> None:
    for warning in configured.warnings:
        logger.warning("configuration.warning", problem=str(warning))
    for name, problems in configured.unusable.items():
        for problem in problems:
            logger.error("offering.unusable", offering=name, problem=str(problem))


def _refuse(message: str) -> int:
    click.echo(message, err=True)
    return CANNOT_START


def _version() -> str:
    return version("waldur-site-agent")
