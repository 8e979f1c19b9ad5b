"""Running the agent in one mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import structlog

from waldur_site_agent.cli.in_view import work_in_view
from waldur_site_agent.cli.modes import load_mode
from waldur_site_agent.cli.starting import check_options, read_settings, unusable
from waldur_site_agent.cli.wishes import CannotStartError, Wishes, agent_version
from waldur_site_agent.config.problems import ConfigurationError
from waldur_site_agent.plugins.errors import PluginError
from waldur_site_agent.plugins.groups import setting_of
from waldur_site_agent.plugins.loading import load_backend
from waldur_site_agent.runtime.agent import OF_THE_SITE, Agent
from waldur_site_agent.runtime.modes import MODES, Mode
from waldur_site_agent.runtime.stop import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waldur_site_agent.plugins.configured import Configured
    from waldur_site_agent.runtime.offering_work import OfferingWork

logger = structlog.get_logger(__name__)

FINE, LEFT, CANNOT_START = 0, 1, 2
EVENT_PROCESS = "event_process"


def run(mode_name: str, config_file: str, wishes: Wishes) -> int:
    """Start the agent; answers with the exit code."""
    if mode_name == EVENT_PROCESS:
        from waldur_site_agent.cli.event_process import run_events  # noqa: PLC0415 - only it pays

        return run_events(config_file, wishes)
    try:
        mode = MODES[mode_name]
        check_options(mode_name, wishes)
        period = 60 * mode.period.minutes()
        configured = read_settings(config_file, (mode.role,), wishes)
        offerings = _offerings(mode, configured, wishes)
    except (CannotStartError, ConfigurationError) as error:
        click.echo(str(error), err=True)
        return CANNOT_START
    code = _work(mode, configured, offerings, period, wishes)
    is_one_pass = wishes.dry_run or wishes.once
    return code or (LEFT if is_one_pass and unusable(configured, wishes.offerings) else FINE)


def _work(
    mode: Mode,
    configured: Configured,
    offerings: Sequence[OfferingWork],
    period: float,
    wishes: Wishes,
) -> int:
    if wishes.dry_run:
        return _dry_run(offerings)
    return work_in_view(
        lambda: _once(offerings) if wishes.once else _forever(offerings, period),
        mode=mode.name,
        configuration=configured.configuration,
        offerings=[work.offering for work in offerings],
        wishes=wishes,
    )


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
    logger.info("agent.ready", version=agent_version(), offerings=len(offerings))
    return agent


def _dry_run(offerings: Sequence[OfferingWork]) -> int:
    code = FINE
    for offering in offerings:
        click.echo(f"Offering {offering.offering.name}:")
        try:
            for line in load_mode(offering.mode).lines(offering):
                click.echo(line)
        except OF_THE_SITE as error:
            click.echo(f"  {error}", err=True)
            code = LEFT
        finally:
            offering.close()
    return code


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
        yield load_mode(mode.name).work_of(offering, configured.configuration, plugin, wishes)


def _why_none_is_left(mode: Mode, configured: Configured, names: Sequence[str]) -> str:
    if unusable(configured, names):
        return "No offering is left to work on: mend what is told above."
    return (
        "No offering is left to work on: none that was asked for has "
        f"{setting_of(mode.role)} set and is polled (stomp_enabled: false)."
    )
