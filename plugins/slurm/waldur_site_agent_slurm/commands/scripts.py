"""Many changes by one process, which standard input brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_slurm.commands.lines import WRITE, Lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LOAD = ("sacctmgr", "--immediate", "load", "file=/dev/stdin")


class ScriptCommands(Lines):
    """Writes of many things."""

    def load(self) -> list[str]:
        """Add what a file tells that standard input brings; see :mod:`load_file`."""
        return self._line(*LOAD)

    def script(self) -> list[str]:
        """Carry out commands that standard input brings, each a line by :func:`script_of`."""
        return self._line(*WRITE)


def script_of(commands: Iterable[Sequence[str]]) -> str:
    """What :meth:`ScriptCommands.script` reads: commands whose words hold no blanks."""
    return "".join(f"{' '.join(command[len(WRITE) :])}\n" for command in commands)
