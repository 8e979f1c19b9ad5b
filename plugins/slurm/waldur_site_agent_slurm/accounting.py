"""Adding up what jobs held, out of sacct. Pure, and exact: whole TRES-seconds.

slurmdbd keeps times in whole seconds, so a job that took less than one counts as none, or as one
where it crossed a second's edge. The time for which a job was suspended is not counted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from waldur_site_agent_slurm.parser import SlurmParseError, parse_tres

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from fractions import Fraction

HELD = "AllocTRES"
ASKED = "ReqTRES"
COLUMNS = ("Account", "User", "ElapsedRaw")
"""What is asked of sacct, besides one of the two above."""
_SECONDS = re.compile(r"\d{1,12}", re.ASCII)

Amount: TypeAlias = "int | Fraction"
TresSeconds: TypeAlias = dict[str, Amount]
"""By TRES; memory in MB-seconds."""
UsedByUsers: TypeAlias = dict[str, TresSeconds]
"""By user; under the empty name what belongs to nobody that slurmdbd can name."""


class Ledger:
    """What accounts used, by user. It grows with accounts and users, not with jobs."""

    def __init__(self, *, accounts: Collection[str], tres: Collection[str], longest: int) -> None:
        """Begin with nothing used.

        Args:
            accounts: in lower case; jobs of others are passed over.
            tres: what is counted; other TRES are passed over.
            longest: seconds of the window, of which no job can have taken more.
        """
        self._wanted = frozenset(tres)
        self._longest = longest
        self._used: dict[str, UsedByUsers] = {name: {} for name in accounts}

    def add(self, line: str) -> None:
        """Add one job, or one run of a job that ran again: its part inside the window.

        Raises:
            SlurmParseError: the line is no job. What was used is then unknown, not less.
        """
        account, user, seconds, amounts = self._columns(line)
        used = self._used.get(account.lower())
        if used is None or not seconds:
            return
        totals = used.setdefault(user, {})
        for tres, amount in with_plain_gres(parse_tres(amounts)).items():
            if tres in self._wanted:
                totals[tres] = totals.get(tres, 0) + _whole(amount) * seconds

    def of(self, account: str) -> UsedByUsers:
        """What an account's users used; nothing where it was idle."""
        return self._used[account]

    def _columns(self, line: str) -> tuple[str, str, int, str]:
        columns = line.split("|")
        if len(columns) != len(COLUMNS) + 1:
            raise SlurmParseError(f"sacct shows a job in {len(columns)} columns")
        account, user, elapsed, amounts = columns
        return account, user.strip(), self._seconds(elapsed), amounts

    def _seconds(self, elapsed: str) -> int:
        if not _SECONDS.fullmatch(elapsed):
            raise SlurmParseError(f"sacct shows a job that took {elapsed!r} seconds")
        seconds = int(elapsed)
        if seconds > self._longest:
            raise SlurmParseError(
                f"sacct shows a job that took {seconds} of {self._longest} seconds: "
                "it was asked to cut jobs to the window (--truncate)"
            )
        return seconds


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
