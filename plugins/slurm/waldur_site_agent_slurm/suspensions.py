"""How long jobs have run that are suspended right now. Pure.

When sacct cuts a job to a window, it leaves out the times for which it was suspended, but for one
that has not ended: a job that is suspended now looks as if it ran on. Uncut, sacct tells the truth
about such a job, but about all of its life. So what it ran before the window is taken off that. If
the suspension began before the window, then too much is taken off, and rightly nothing is left.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from waldur_site_agent_slurm.parser import SlurmParseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from waldur_site_agent_slurm.job_rows import JobRow, Run


def in_window(
    suspended: Iterable[JobRow], *, whole: Mapping[Run, int], before: Mapping[Run, int]
) -> Iterator[JobRow]:
    """Correct suspended jobs.

    Args:
        suspended: as they are when cut to the window.
        whole: seconds that each ran in all.
        before: seconds that each ran up to the window, cut as well; none for one that began in it.

    Raises:
        SlurmParseError: a job is not among the whole ones.
    """
    for row in suspended:
        if row.run not in whole:
            raise SlurmParseError(f"sacct does not show the suspended job {row.run[0]} any more")
        ran = max(0, whole[row.run] - before.get(row.run, 0))
        yield replace(row, elapsed=str(min(row.seconds, ran)))


def seconds_by_run(rows: Iterable[JobRow]) -> dict[Run, int]:
    """How long each run took."""
    return {row.run: row.seconds for row in rows}
