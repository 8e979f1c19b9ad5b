"""Working where health, figures, logs and errors are shown as configured."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from waldur_site_agent.cli.wishes import agent_version
from waldur_site_agent.runtime import logs
from waldur_site_agent.runtime.errors import CannotListenError
from waldur_site_agent.runtime.visibility import Visibility

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.cli.starting import Start
    from waldur_site_agent.runtime.changes import Change

    Show = Callable[[Change], None]

CANNOT_START = 2


def work_in_view(start: Start, work: Callable[[Show], int]) -> int:
    """Work; answers with the exit code.

    A single pass serves nothing over HTTP: it has ended before anybody asks.

    Args:
        start: of the process.
        work: is given what brings the view in line with new settings.
    """
    configuration = start.in_force.configuration
    visibility = Visibility(
        mode=start.mode,
        version=agent_version(),
        connections=start.connections,
        http_port=None if start.wishes.once else start.wishes.http_port or configuration.http_port,
    )

    try:
        with visibility.shown(configuration, start.in_force.offerings):
            return work(partial(_show, visibility))
    except CannotListenError as error:
        click.echo(str(error), err=True)
        return CANNOT_START


def _show(visibility: Visibility, change: Change) -> None:
    """Bring the log, and what is sent of it, in line with new settings."""
    to = change.to
    if change.log_level:
        logs.change_level(to.configuration.log_level)
    if change.log_shipping:
        visibility.ship(to.configuration, to.offerings)
