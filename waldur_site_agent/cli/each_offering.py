"""Doing one thing for every offering; one that fails never stops the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from waldur_site_agent.config.problems import ConfigurationError
from waldur_site_agent.plugins.configured import load
from waldur_site_agent.plugins.groups import setting_of
from waldur_site_agent.runtime import logs
from waldur_site_agent.runtime.agent import OF_THE_SITE
from waldur_site_agent.runtime.one_shots import PartlyFailedError
from waldur_site_agent.runtime.opened import opened_site

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.plugins.configured import Configured
    from waldur_site_agent.plugins.groups import Role
    from waldur_site_agent.sites.site import Site

    Work = Callable[[Site], str]
    Do = Callable[[Offering, AgentConfiguration], str]

FINE, FAILED, CANNOT_START = 0, 1, 2


def work_on_each(config_file: str, names: Sequence[str], roles: Sequence[Role], work: Work) -> int:
    """Work on the offerings that name a backend; answers with the exit code.

    Args:
        config_file: the settings.
        names: of offerings; none for all.
        roles: whose backend does it, best first.
        work: what is done; says in words what came of it.
    """

    def do(offering: Offering, configuration: AgentConfiguration) -> str:
        role = next((role for role in roles if getattr(offering, setting_of(role))), None)
        if role is None:
            return f"left alone, as it has no {' or '.join(map(setting_of, roles))}"
        with opened_site(offering, configuration, role=role) as site:
            return work(site)

    return do_for_each(config_file, names, do)


def do_for_each(config_file: str, names: Sequence[str], do: Do) -> int:
    """Do something for each offering; answers with the exit code.

    Args:
        config_file: the settings.
        names: of offerings; none for all.
        do: what is done; says in words what came of it.
    """
    try:
        configured = load(config_file)
    except ConfigurationError as error:
        click.echo(str(error), err=True)
        return CANNOT_START
    unknown = set(names) - {offering.name for offering in configured.configuration.offerings}
    if unknown:
        click.echo(f"{config_file} has no offering named {', '.join(sorted(unknown))}.", err=True)
        return CANNOT_START
    logs.configure(configured.configuration.log_level)
    for problem in configured.problems:
        click.echo(str(problem), err=True)
    well = [_attempt(one, configured, do) for one in _chosen(configured, names)]
    unusable = set(configured.unusable) & set(names or configured.unusable)
    return FINE if all(well) and not unusable else FAILED


def _chosen(configured: Configured, names: Sequence[str]) -> list[Offering]:
    return [one for one in configured.usable_offerings if not names or one.name in names]


def _attempt(offering: Offering, configured: Configured, do: Do) -> bool:
    try:
        told = do(offering, configured.configuration)
    except (PartlyFailedError, *OF_THE_SITE) as error:
        click.echo(f"Offering {offering.name}: FAILED: {error}", err=True)
        return False
    click.echo(f"Offering {offering.name}: {told}")
    return True
