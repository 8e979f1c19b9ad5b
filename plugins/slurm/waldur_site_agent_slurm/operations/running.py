"""Running one of Slurm's commands, and what its end means."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
from typing import TYPE_CHECKING, Protocol

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.clients import BaseClient
from waldur_site_agent.backend.commands import run
from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent.backend.redaction import show_command
from waldur_site_agent_slurm.answers import CommandRefusedError, failure
from waldur_site_agent_slurm.commands import Commands
from waldur_site_agent_slurm.streaming import stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waldur_site_agent.backend.commands import Completed
    from waldur_site_agent_slurm.settings import SlurmSettings

    class Runner(Protocol):
        """Runs a command line and says how it ended, as :func:`run` does."""

        def __call__(self, argv: Sequence[str], *, timeout: float, given: str = "") -> Completed:
            """Run one."""
            ...

    class Streamer(Protocol):
        """Runs a command line and yields what it prints, as :func:`stream` does."""

        def __call__(self, argv: Sequence[str], *, timeout: float) -> Iterator[str]:
            """Run one."""
            ...


class Running(BaseClient):
    """Runs commands, and keeps what was run."""

    def __init__(
        self, settings: SlurmSettings, *, runner: Runner = run, streamer: Streamer = stream
    ) -> None:
        """Take an offering's settings; nothing is run.

        Args:
            settings: the offering's.
            runner: what runs command lines.
            streamer: what runs those whose lines are read one by one.
        """
        self._settings = settings
        self._runner = runner
        self._stream = streamer
        self.commands = Commands(bin_path=settings.slurm_bin_path, cluster=settings.cluster_name)
        self.executed_commands: list[str] = []
        """Every command line that was run, in order."""
        self._timeout = settings.command_timeout_seconds

    def execute_command(
        self,
        command: Sequence[str],
        silent: bool = False,
        *,
        given: str = "",
        more_seconds: float = 0.0,
    ) -> str:
        """Run a command; see the base class.

        Args:
            command: its words.
            silent: whether a failure is expected.
            given: what it reads from standard input.
            more_seconds: how much longer than others it may take.

        Raises:
            BackendUnavailableError: it could not be run, did not end in time, or did not reach
                Slurm's daemons.
            CommandRefusedError: it ended with another exit code than 0.
        """
        self.executed_commands.append(shlex.join(command))
        logger.debug("Running %s", show_command(list(command)))
        completed = self._runner(command, timeout=self._timeout + more_seconds, given=given)
        if completed.exit_code == 0:
            return completed.output
        error = failure(command[0], completed.output)
        if not silent:
            logger.debug("%s ended with %d", command[0], completed.exit_code)
        raise error

    def has_program(self, name: str) -> bool:
        """Whether one of Slurm's programs is installed."""
        return shutil.which(self.commands.program(name)) is not None

    def runs_as(self) -> str:
        """The user that Slurm sees in us; a number where the system has no name for it."""
        user = os.geteuid()
        try:
            return pwd.getpwuid(user).pw_name
        except KeyError:
            return str(user)

    def _read(self, command: Sequence[str]) -> str:
        """Read; a refusal to show something says nothing about what is there."""
        try:
            return self.execute_command(command)
        except CommandRefusedError as error:
            raise BackendUnavailableError(str(error)) from error

    def _lines_of(self, command: Sequence[str]) -> Iterator[str]:
        self.executed_commands.append(shlex.join(command))
        logger.debug("Reading %s", show_command(list(command)))
        return self._stream(command, timeout=self._timeout)
