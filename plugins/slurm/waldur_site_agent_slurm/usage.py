"""Usage out of sacct: what jobs held (AllocTRES)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE
from waldur_site_agent_slurm.parser import (
    USAGE_FIELDS,
    SlurmParseError,
    parse_duration,
    parse_rows,
    parse_tres,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from waldur_site_agent.backend.structures import UsageReport

TresMinutes = dict[str, Fraction]


def add_up(text: str) -> dict[str, dict[str, TresMinutes]]:
    """Add up jobs to TRES-minutes by account and user, and by account in all.

    Raises:
        SlurmParseError: a line is no job. Usage is then unknown, not less.
    """
    totals: dict[str, dict[str, TresMinutes]] = {}
    for row in parse_rows(text):
        if len(row) != len(USAGE_FIELDS):
            raise SlurmParseError(f"sacct shows a row of {len(row)} columns")
        account, user, elapsed, tres = row
        minutes = parse_duration(elapsed)
        if minutes is None:
            raise SlurmParseError(f"sacct shows a job that took {elapsed!r}")
        of_account = totals.setdefault(account.lower(), {})
        for name in (user, TOTAL_ACCOUNT_USAGE):
            amounts = of_account.setdefault(name, {})
            for key, count in parse_tres(tres).items():
                amounts[key] = amounts.get(key, Fraction(0)) + count * minutes
    return totals


def report(
    resource_ids: list[str],
    totals: Mapping[str, Mapping[str, TresMinutes]],
    convert: Callable[[TresMinutes], dict[str, float]],
) -> UsageReport:
    """Shape a usage report; an account without jobs was idle."""
    return {
        resource: {
            user: convert(amounts)
            for user, amounts in {
                TOTAL_ACCOUNT_USAGE: {},
                **totals.get(resource.lower(), {}),
            }.items()
        }
        for resource in resource_ids
    }
