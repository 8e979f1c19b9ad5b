"""Reading the settings for a process that is to run, and telling what is wrong with them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.cli.modes import TAKERS
from waldur_site_agent.cli.wishes import CannotStartError
from waldur_site_agent.plugins.configured import load
from waldur_site_agent.runtime import logs

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from waldur_site_agent.cli.wishes import Wishes
    from waldur_site_agent.plugins.configured import Configured
    from waldur_site_agent.plugins.groups import Role

logger = structlog.get_logger(__name__)


def check_options(mode: str, wishes: Wishes) -> None:
    """Insist that a mode takes all options that were given.

    Raises:
        CannotStartError: it does not take one.
    """
    for option in sorted(wishes.of_some_modes):
        if mode not in TAKERS[option]:
            takers = " and ".join(f"-m {taker}" for taker in TAKERS[option])
            raise CannotStartError(f"{option} belongs to {takers}.")


def read_settings(config_file: str, roles: Collection[Role], wishes: Wishes) -> Configured:
    """Read the settings, and log from here on.

    Args:
        config_file: the settings.
        roles: those that this process plays.
        wishes: of the command line.

    Raises:
        ConfigurationError: the file cannot be used.
        CannotStartError: an offering that was asked for is not in it.
    """
    configured = load(config_file, roles=roles)
    known = {offering.name for offering in configured.configuration.offerings}
    unknown = set(wishes.offerings) - known
    if unknown:
        raise CannotStartError(f"{config_file} has no offering named {', '.join(sorted(unknown))}.")
    # A dry run prints its plans on stdout; what is logged meanwhile must not stand between them.
    stream = sys.stderr if wishes.dry_run else None
    logs.configure(configured.configuration.log_level, stream=stream)
    _tell_problems(configured)
    return configured


def unusable(configured: Configured, names: Sequence[str]) -> frozenset[str]:
    """Offerings that this process was to work on, and cannot."""
    return frozenset(name for name in configured.unusable if not names or name in names)


def _tell_problems(configured: Configured) -> None:
    for warning in configured.warnings:
        logger.warning("configuration.warning", problem=str(warning))
    for name, problems in configured.unusable.items():
        for problem in problems:
            logger.error("offering.unusable", offering=name, problem=str(problem))
