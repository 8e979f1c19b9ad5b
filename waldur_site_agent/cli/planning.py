"""Printing what a process would do, task by task, as the modes that do the same by polling do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from waldur_site_agent.backend.redaction import scrub_secrets
from waldur_site_agent.cli.modes import load_mode
from waldur_site_agent.runtime.agent import OF_THE_SITE
from waldur_site_agent.runtime.tasks import POLLED_AS

if TYPE_CHECKING:
    from waldur_site_agent.cli.starting import Start
    from waldur_site_agent.plugins.groups import Role
    from waldur_site_agent.runtime.tasks import Assignment

FINE, LEFT = 0, 1


def plan_tasks(begun: Start) -> int:
    """Print what would be done now for each offering; answers with the exit code."""
    code = FINE
    for one in begun.in_force.assignments.values():
        click.echo(f"Offering {one.offering.name}:")
        for task in one.tasks:
            code |= _plan(begun, one, task.role)
    return code


def _plan(begun: Start, one: Assignment, role: Role) -> int:
    mode = load_mode(POLLED_AS[role])
    configuration = begun.in_force.configuration
    work = mode.work_of(
        one.offering, configuration, one.plugins[role], begun.wishes, begun.connections
    )
    try:
        for line in mode.lines(work):
            click.echo(line)
    except OF_THE_SITE as error:
        click.echo(f"  {error}", err=True)
        return LEFT
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin's defect ends one plan
        click.echo(f"  a defect: {scrub_secrets(repr(error))}", err=True)
        return LEFT
    finally:
        work.close()
    return FINE
