"""Running one of MAM's commands, and what its end means."""

from __future__ import annotations

import shlex
import shutil
from functools import partial
from typing import TYPE_CHECKING, Protocol

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.clients import BaseClient
from waldur_site_agent.backend.commands import run
from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent_moab.answers import CommandRefusedError, failure, presentable
from waldur_site_agent_moab.commands import Commands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.backend.commands import Completed
    from waldur_site_agent_moab.settings import MoabSettings

    class Runner(Protocol):
        """Runs a command line and says how it ended, as :func:`run` does."""

        def __call__(self, argv: Sequence[str], *, timeout: float) -> Completed:
            """Run one."""
            ...


run_apart: Runner = partial(run, keep_apart=True)
"""Runs a command whose warnings must not get into the lines that are read."""


class Running(BaseClient):
    """Runs commands."""

    def __init__(self, settings: MoabSettings, *, runner: Runner = run_apart) -> None:
        """Take an offering's settings; nothing is run.

        Args:
            settings: the offering's.
            runner: what runs command lines.
        """
        self._runner = runner
        self.commands = Commands(bin_path=settings.mam_bin_path)
        self.command_timeout_seconds = settings.command_timeout_seconds

    def execute_command(
        self, command: Sequence[str], silent: bool = False, *, hidden: Sequence[str] = ()
    ) -> str:
        """Run a command; see the base class.

        Args:
            command: its words.
            silent: leave out the log line about a failure.
            hidden: words that are not to be repeated anywhere: people's names.

        Raises:
            BackendUnavailableError: it could not be run, did not end in time, or did not reach
                MAM's server.
            CommandRefusedError: it ended with another exit code than 0.
        """
        logger.debug("Running %s", presentable(shlex.join(command), hidden=hidden))
        completed = self._runner(command, timeout=self.command_timeout_seconds)
        if completed.exit_code == 0:
            return completed.output
        if not silent:
            logger.debug("%s ended with %d", command[0], completed.exit_code)
        raise failure(command[0], completed.output + completed.complaints, hidden=hidden)

    def has_program(self, name: str) -> bool:
        """Whether one of MAM's programs is installed."""
        return shutil.which(self.commands.program(name)) is not None

    def _read(self, command: Sequence[str]) -> str:
        """Read; a refusal to show something says nothing about what is there."""
        try:
            return self.execute_command(command)
        except CommandRefusedError as error:
            raise BackendUnavailableError(str(error)) from error
