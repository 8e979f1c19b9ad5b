"""Adding up what jobs held. Pure, and exact: whole TRES-seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from waldur_site_agent_slurm.job_rows import SUSPENDED
from waldur_site_agent_slurm.parser import SlurmParseError, parse_tres

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from fractions import Fraction

    from waldur_site_agent_slurm.job_rows import JobRow

Amount: TypeAlias = "int | Fraction"
TresSeconds: TypeAlias = dict[str, Amount]
"""By TRES; memory in MB-seconds."""
UsedByUsers: TypeAlias = dict[str, TresSeconds]
"""By user; under the empty name what belongs to nobody that slurmdbd can name."""


class Ledger:
    """What accounts used, by user. It grows with accounts and users, not with jobs."""

    def __init__(self, accounts: Collection[str], *, tres: Collection[str], longest: int) -> None:
        """Begin with nothing used.

        Args:
            accounts: in lower case; jobs of others are passed over.
            tres: what is counted; other TRES are passed over.
            longest: seconds of the window, of which no job can have taken more.
        """
        self._wanted = frozenset(tres)
        self._longest = longest
        self._used: dict[str, UsedByUsers] = {name: {} for name in accounts}
        self.suspended: list[JobRow] = []
        """Jobs that are suspended now, and not counted yet: see :mod:`suspensions`."""
        self.unreadable: dict[str, str] = {}
        """Accounts of which a job cannot be counted, and why. What they used is not known."""

    def add(self, row: JobRow) -> None:
        """Count a job's part inside the window, or keep it for later if it is suspended."""
        if row.account not in self._used:
            return
        if row.state == SUSPENDED:
            self.suspended.append(row)
        else:
            self.count(row)

    def count(self, row: JobRow) -> None:
        """Count a job's part inside the window."""
        try:
            self._count(row, self._checked(row))
        except SlurmParseError as error:
            self.unreadable[row.account] = str(error)

    @property
    def accounts(self) -> frozenset[str]:
        """Those whose jobs are counted."""
        return frozenset(self._used)

    def of(self, account: str) -> UsedByUsers:
        """What an account's users used; nothing where it was idle."""
        return self._used[account]

    def _count(self, row: JobRow, seconds: int) -> None:
        if not seconds:
            return
        totals = self._used[row.account].setdefault(row.user, {})
        for tres, amount in with_plain_gres(parse_tres(row.tres)).items():
            if tres in self._wanted:
                totals[tres] = totals.get(tres, 0) + _whole(amount) * seconds

    def _checked(self, row: JobRow) -> int:
        if row.seconds > self._longest:
            raise SlurmParseError(
                f"sacct shows that job {row.run[0]} took {row.seconds} of {self._longest} seconds: "
                "it did not cut the job to the window (--truncate)"
            )
        return row.seconds


def with_plain_gres(amounts: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Add ``gres/gpu`` where only its types are told, such as ``gres/gpu:a100``.

    Where Slurm tells both, the plain one has the types in it already.
    """
    plain: dict[str, Fraction] = {}
    for tres, amount in amounts.items():
        name, separator, _type = tres.partition(":")
        if separator and name not in amounts:
            plain[name] = plain[name] + amount if name in plain else amount
    return {**amounts, **plain}


def total(used: UsedByUsers) -> TresSeconds:
    """What all users of an account used together."""
    totals: TresSeconds = {}
    for amounts in used.values():
        for tres, amount in amounts.items():
            totals[tres] = totals.get(tres, 0) + amount
    return totals


def _whole(amount: Fraction) -> Amount:
    """A whole number where it is one: those are added up faster."""
    return amount.numerator if amount.denominator == 1 else amount
