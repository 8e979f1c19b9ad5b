"""What an administrator wants to know of MAM before the agent works on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent_moab.commands import PROGRAMS
from waldur_site_agent_moab.deposits import DEPOSIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waldur_site_agent.backend.component_types import Component
    from waldur_site_agent_moab.client import MoabClient

UNFACTORED = 1


def diagnose(client: MoabClient, deposit: Component, *, prefix: str) -> bool:
    """Look at MAM, log what is found, and say whether all is well.

    Args:
        client: reads MAM.
        deposit: the settings of the component.
        prefix: what names of resources' accounts begin with; empty where that tells nothing.
    """
    problems = list(_found(client, deposit, prefix))
    for problem in problems:
        logger.error("%s", problem)
    return not problems


def _found(client: MoabClient, deposit: Component, prefix: str) -> Iterator[str]:
    """All problems up to what cannot be read, which is one, too."""
    try:
        yield from _program_problems(client)
        yield from _setting_problems(deposit)
        with client.one_view():
            _tell(client)
            yield from _fund_problems(client, prefix)
    except BackendError as error:
        yield str(error)


def _program_problems(client: MoabClient) -> Iterator[str]:
    for name in PROGRAMS:
        if not client.has_program(name):
            yield f"there is no program {client.commands.program(name)}: see mam_bin_path"


def _setting_problems(deposit: Component) -> Iterator[str]:
    factor = deposit.get("unit_factor")
    if factor not in (None, UNFACTORED):
        yield (
            f"backend_components.{DEPOSIT}.unit_factor is {factor}, and is not used: one unit in "
            "Waldur is one credit in MAM; leave it out"
        )


def _fund_problems(client: MoabClient, prefix: str) -> Iterator[str]:
    """Accounts of the offering whose deposit nobody can tell, so that orders for them err."""
    for name in sorted(client.accounts()):
        if prefix and name.startswith(prefix):
            try:
                client.fund_of(name)
            except BackendUnavailableError:
                raise
            except BackendError as error:
                yield str(error)


def _tell(client: MoabClient) -> None:
    logger.info("MAM has %d accounts and %d funds", len(client.accounts()), len(client.funds()))
    logger.info("MAM knows no paused and no downscaled accounts: Waldur's flags change nothing")
