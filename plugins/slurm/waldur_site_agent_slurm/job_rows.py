"""sacct's rows. Pure.

slurmdbd keeps times in whole seconds, so a job that took less than one counts as none, or as one
where it crossed a second's edge. The time for which a job was suspended is not counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from waldur_site_agent_slurm.parser import SlurmParseError

HELD = "AllocTRES"
ASKED = "ReqTRES"
COLUMNS = ("JobIDRaw", "Submit", "State", "Account", "User", "ElapsedRaw")
"""What is asked of sacct, besides one of the two above."""
SUSPENDED = "SUSPENDED"
_SECONDS = re.compile(r"\d{1,12}", re.ASCII)

Run: TypeAlias = tuple[str, str]
"""A job's id and when it was submitted: a job that is requeued is submitted again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JobRow:
    """One run of a job, as sacct shows it."""

    run: Run
    state: str
    account: str
    """In lower case."""
    user: str
    """Empty where slurmdbd cannot name him."""
    elapsed: str
    tres: str

    @property
    def seconds(self) -> int:
        """How long it ran.

        Raises:
            SlurmParseError: that is no number of seconds.
        """
        if not _SECONDS.fullmatch(self.elapsed):
            raise SlurmParseError(
                f"sacct shows that job {self.run[0]} took {self.elapsed!r} seconds"
            )
        return int(self.elapsed)


def parse_job(line: str) -> JobRow:
    """Read a line with the columns of ``COLUMNS`` and one of TRES.

    Raises:
        SlurmParseError: it is none.
    """
    columns = line.split("|")
    if len(columns) != len(COLUMNS) + 1 or not columns[0].isdecimal():
        raise SlurmParseError(f"sacct shows a row of {len(columns)} columns that is no job")
    job, submitted, state, account, user, elapsed, tres = columns
    return JobRow(
        run=(job, submitted),
        state=state,
        account=account.lower(),
        user=user.strip(),
        elapsed=elapsed,
        tres=tres,
    )
