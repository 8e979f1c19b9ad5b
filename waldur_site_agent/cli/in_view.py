"""Working where health, figures, logs and errors are shown as configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from waldur_site_agent.cli.wishes import Wishes, agent_version
from waldur_site_agent.runtime.errors import CannotListenError
from waldur_site_agent.runtime.visibility import Visibility

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waldur_site_agent.config.models import AgentConfiguration, Offering

CANNOT_START = 2


def work_in_view(
    work: Callable[[], int],
    *,
    mode: str,
    configuration: AgentConfiguration,
    offerings: Sequence[Offering],
    wishes: Wishes,
) -> int:
    """Work; answers with the exit code.

    A single pass serves nothing over HTTP: it has ended before anybody asks.
    """
    port = None if wishes.once else wishes.http_port or configuration.http_port
    visibility = Visibility(
        configuration=configuration,
        offerings=offerings,
        mode=mode,
        version=agent_version(),
        http_port=port,
    )
    try:
        with visibility.shown():
            return work()
    except CannotListenError as error:
        click.echo(str(error), err=True)
        return CANNOT_START
