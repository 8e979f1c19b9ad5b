"""Running the agent in one mode."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING

import click
import structlog

from waldur_site_agent.cli.plan_text import member_lines, order_lines
from waldur_site_agent.cli.usage_text import usage_lines
from waldur_site_agent.config.problems import ConfigurationError
from waldur_site_agent.plugins.configured import load
from waldur_site_agent.plugins.errors import PluginError
from waldur_site_agent.plugins.groups import setting_of
from waldur_site_agent.plugins.loading import load_backend
from waldur_site_agent.runtime import logs
from waldur_site_agent.runtime.agent import OF_THE_SITE, Agent
from waldur_site_agent.runtime.membership_mode import OfferingMembers
from waldur_site_agent.runtime.modes import MODES, Mode
from waldur_site_agent.runtime.order_mode import OfferingOrders
from waldur_site_agent.runtime.report_mode import OfferingUsage
from waldur_site_agent.runtime.stop import Stop
from waldur_site_agent.usage.periods import asked_months

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.plugins.configured import Configured
    from waldur_site_agent.plugins.loading import LoadedPlugin
    from waldur_site_agent.runtime.offering_work import OfferingWork
    from waldur_site_agent.usage.periods import Month

logger = structlog.get_logger(__name__)

FINE, LEFT, CANNOT_START = 0, 1, 2


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the command line asks for beside the mode."""

    once: bool = False
    dry_run: bool = False
    offerings: Sequence[str] = ()
    resources: Sequence[str] = ()
    periods: Sequence[str] = ()
    months: Sequence[Month] = ()
    """The periods, once they are read."""
    force: bool = False


class CannotStartError(Exception):
    """The settings or the command line do not allow to start; the message says what to do."""


def run(mode_name: str, config_file: str, wishes: Wishes) -> int:
    """Start the agent; answers with the exit code."""
    try:
        mode = _mode(mode_name, wishes)
        period = 60 * mode.period.minutes()
        configured = _configured(config_file, mode, wishes)
        wishes = _with_months(configured.configuration, wishes)
        offerings = _offerings(mode, configured, wishes)
    except (CannotStartError, ConfigurationError) as error:
        click.echo(str(error), err=True)
        return CANNOT_START
    if not (wishes.dry_run or wishes.once):
        return _forever(offerings, period)
    code = _dry_run(offerings) if wishes.dry_run else _once(offerings)
    return code or (LEFT if _unusable(configured, wishes.offerings) else FINE)


def _mode(name: str, wishes: Wishes) -> Mode:
    mode = MODES.get(name)
    if mode is None:
        known = ", ".join(MODES)
        raise CannotStartError(f"The mode {name} is not part of this version yet; {known} are.")
    if mode.name == OfferingOrders.mode and wishes.resources:
        raise CannotStartError("--resource belongs to -m membership_sync and -m report.")
    if mode.name != OfferingMembers.mode and wishes.force:
        raise CannotStartError("--force belongs to -m membership_sync.")
    if mode.name != OfferingUsage.mode and wishes.periods:
        raise CannotStartError("--period belongs to -m report.")
    return mode


def _with_months(configuration: AgentConfiguration, wishes: Wishes) -> Wishes:
    """Read the months that were asked for by name."""
    try:
        return replace(wishes, months=asked_months(wishes.periods, configuration.timezone))
    except ValueError as error:
        raise CannotStartError(f"--period: {error}.") from None


def _configured(config_file: str, mode: Mode, wishes: Wishes) -> Configured:
    """Read the settings, and log from here on."""
    configured = load(config_file, roles=(mode.role,))
    known = {offering.name for offering in configured.configuration.offerings}
    unknown = set(wishes.offerings) - known
    if unknown:
        raise CannotStartError(f"{config_file} has no offering named {', '.join(sorted(unknown))}.")
    # A dry run prints its plans on stdout; what is logged meanwhile must not stand between them.
    stream = sys.stderr if wishes.dry_run else None
    logs.configure(configured.configuration.log_level, stream=stream)
    _tell_problems(configured)
    return configured


def _offerings(mode: Mode, configured: Configured, wishes: Wishes) -> list[OfferingWork]:
    offerings = list(_at_work(mode, configured, wishes))
    if not offerings:
        raise CannotStartError(_why_none_is_left(mode, configured, wishes.offerings))
    if wishes.resources and len(offerings) > 1:
        raise CannotStartError("--resource needs --offering, as the file has several.")
    return offerings


def _forever(offerings: Sequence[OfferingWork], period: float) -> int:
    _ready(offerings).forever(period_seconds=period)
    return FINE


def _once(offerings: Sequence[OfferingWork]) -> int:
    agent = _ready(offerings)
    try:
        return FINE if agent.once() else LEFT
    finally:
        agent.close()


def _ready(offerings: Sequence[OfferingWork]) -> Agent:
    agent = Agent(offerings=offerings, stop=Stop())
    agent.stop.listen()
    logger.info("agent.ready", version=_version(), offerings=len(offerings))
    return agent


def _dry_run(offerings: Sequence[OfferingWork]) -> int:
    code = FINE
    for offering in offerings:
        click.echo(f"Offering {offering.offering.name}:")
        try:
            for line in _lines(offering):
                click.echo(line)
        except OF_THE_SITE as error:
            click.echo(f"  {error}", err=True)
            code = LEFT
        finally:
            offering.close()
    return code


def _lines(offering: OfferingWork) -> Iterator[str]:
    """What a pass would do, as text."""
    if isinstance(offering, OfferingMembers):
        return member_lines(offering.dry_run())
    if isinstance(offering, OfferingOrders):
        return order_lines(offering.dry_run())
    if isinstance(offering, OfferingUsage):
        return usage_lines(offering.dry_run())
    raise NotImplementedError(f"no plans of {offering.mode}")


def _at_work(mode: Mode, configured: Configured, wishes: Wishes) -> Iterator[OfferingWork]:
    """The offerings that this process works on."""
    for offering in configured.usable_offerings:
        if (wishes.offerings and offering.name not in wishes.offerings) or not mode.works_on(
            offering
        ):
            continue
        try:
            plugin = load_backend(mode.backend_of(offering))
        except PluginError as error:
            logger.error("offering.unusable", offering=offering.name, why=str(error))  # noqa: TRY400 - a plugin's fault, told in full by the message
            continue
        yield _work_of(mode, offering, configured.configuration, plugin, wishes)


def _work_of(
    mode: Mode,
    offering: Offering,
    configuration: AgentConfiguration,
    plugin: LoadedPlugin,
    wishes: Wishes,
) -> OfferingWork:
    if mode.name == OfferingOrders.mode:
        return OfferingOrders(offering, configuration, plugin, version=_version())
    if mode.name == OfferingUsage.mode:
        return OfferingUsage(
            offering,
            configuration,
            plugin,
            version=_version(),
            only=wishes.resources,
            months=wishes.months,
        )
    return OfferingMembers(
        offering,
        configuration,
        plugin,
        version=_version(),
        only=wishes.resources,
        force=wishes.force,
    )


def _unusable(configured: Configured, names: Sequence[str]) -> frozenset[str]:
    """Offerings that this process was to work on, and cannot."""
    return frozenset(name for name in configured.unusable if not names or name in names)


def _why_none_is_left(mode: Mode, configured: Configured, names: Sequence[str]) -> str:
    if _unusable(configured, names):
        return "No offering is left to work on: mend what is told above."
    return (
        "No offering is left to work on: none that was asked for has "
        f"{setting_of(mode.role)} set and is polled (stomp_enabled: false)."
    )


def _tell_problems(configured: Configured) -> None:
    for warning in configured.warnings:
        logger.warning("configuration.warning", problem=str(warning))
    for name, problems in configured.unusable.items():
        for problem in problems:
            logger.error("offering.unusable", offering=name, problem=str(problem))


def _version() -> str:
    return version("waldur-site-agent")
