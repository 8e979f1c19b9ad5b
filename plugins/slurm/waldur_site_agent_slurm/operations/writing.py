"""Changing a cluster: by one writer at a time, and verified where Slurm refuses."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from waldur_site_agent.backend.commands import run
from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent_slurm.answers import CommandRefusedError, PassingError, failure, is_refusal
from waldur_site_agent_slurm.commands import script_of
from waldur_site_agent_slurm.lock import WriterLock
from waldur_site_agent_slurm.operations.reading import Reading
from waldur_site_agent_slurm.streaming import stream

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waldur_site_agent_slurm.operations.running import Runner, Streamer
    from waldur_site_agent_slurm.settings import SlurmSettings
    from waldur_site_agent_slurm.snapshot import AssociationSnapshot

ATTEMPTS = 3
"""How often a write is tried while the database is busy with another writer."""
SECONDS_A_COMMAND = 2.0
"""What each command of a script adds to a process's deadline."""
SECONDS_A_USER = 0.05
"""What each line of a file that is loaded adds to it."""
LINES_AT_ONCE = 100
"""Commands that one process carries out, and for which other writers wait."""


class Writing(Reading):
    """Writes, whose effect the snapshot of the pass is told."""

    def __init__(
        self, settings: SlurmSettings, *, runner: Runner = run, streamer: Streamer = stream
    ) -> None:
        """Take an offering's settings; see the base class. Nothing is locked."""
        super().__init__(settings, runner=runner, streamer=streamer)
        self.written_commands: list[str] = []
        """Every command line that changed something, in order."""
        self._lock = WriterLock(
            cluster=settings.cluster_name,
            directory=settings.lock_directory,
            timeout_seconds=settings.command_timeout_seconds,
        )

    def _write(
        self,
        command: Sequence[str],
        *,
        is_done: Callable[[AssociationSnapshot], bool],
        effect: Callable[[AssociationSnapshot], None],
    ) -> str:
        """Run a command that changes associations.

        Args:
            command: its words.
            is_done: whether a snapshot shows what was wanted; asked when the command failed.
            effect: tells the snapshot of the pass what changed.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                output = self._write_once(command)
            except CommandRefusedError as error:
                self.refresh()
                if is_done(self.snapshot()):
                    return ""
                if not isinstance(error, PassingError) or attempt == ATTEMPTS:
                    raise
            else:
                if self._snapshot is not None:
                    effect(self._snapshot)
                return output
        raise AssertionError  # pragma: no cover - the loop returns or raises

    def _write_once(
        self, command: Sequence[str], given: str = "", *, seconds_a_line: float = 0.0
    ) -> str:
        more = seconds_a_line * given.count("\n")
        try:
            with self._lock.held():
                output = self.execute_command(command, given=given, more_seconds=more)
        except BackendUnavailableError:
            # Whether it took effect is unknown.
            self.refresh()
            raise
        if is_refusal(output):
            raise failure(command[0], output)
        self.written_commands.append(shlex.join(command))
        return output

    # Many by one process: what came of it, the next snapshot tells

    def load(self, text: str, *, effect: Callable[[AssociationSnapshot], None]) -> None:
        """Add what a file in sacctmgr's own format tells; see :mod:`load_file`.

        Args:
            text: the file.
            effect: tells the snapshot of the pass what is added.

        Raises:
            CommandRefusedError: Slurm refused; some of it may be added.
        """
        try:
            self._write_once(self.commands.load(), text, seconds_a_line=SECONDS_A_USER)
        except CommandRefusedError:
            self.refresh()
            raise
        if self._snapshot is not None:
            effect(self._snapshot)

    def carry_out(self, commands: Sequence[Sequence[str]]) -> list[CommandRefusedError]:
        """Carry out writes one after the other, each whatever came of those before it.

        Returns:
            What was refused: an error for each process in which something was.
        """
        refusals = []
        for start in range(0, len(commands), LINES_AT_ONCE):
            script = script_of(commands[start : start + LINES_AT_ONCE])
            try:
                self._write_once(self.commands.script(), script, seconds_a_line=SECONDS_A_COMMAND)
            except CommandRefusedError as error:
                refusals.append(error)
        self.refresh()
        return refusals
