"""Adding up what was charged to accounts and their users. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE, Measured
from waldur_site_agent_moab.deposits import DEPOSIT, NOTHING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from decimal import Decimal

    from waldur_site_agent.backend.structures import ResourceUsage
    from waldur_site_agent_moab.parser import Charge

NOT_THERE = "MAM has no such account"
UNREADABLE = "the amount of a charge could not be read"


def add_up(
    charges: Collection[Charge], wanted: Collection[str], existing: Collection[str]
) -> Measured:
    """Sum a month's charges, exactly, by account and user.

    Args:
        charges: of all accounts.
        wanted: the accounts that are asked about.
        existing: the accounts that MAM has.

    Returns:
        In credits. An account that is there and was charged nothing is idle; one that is not there
        and was charged nothing was not measured, and neither was one with a charge that cannot be
        read. A charge without a user is in its account's total alone.
    """
    sums = _sums(charge for charge in charges if charge.account in wanted)
    unreadable = {charge.account for charge in charges if charge.amount is None}
    return Measured(
        report={name: _usage(users) for name, users in sums.items() if name not in unreadable},
        unmeasured={
            **dict.fromkeys(set(wanted) - set(existing) - sums.keys(), NOT_THERE),
            **dict.fromkeys(unreadable & set(wanted), UNREADABLE),
        },
    )


def _sums(charges: Iterable[Charge]) -> dict[str, dict[str, Decimal]]:
    """What was charged, by account, then by user and in all."""
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: NOTHING))
    for charge in charges:
        for name in filter(None, (TOTAL_ACCOUNT_USAGE, charge.user)):
            sums[charge.account][name] += charge.amount or NOTHING
    return sums


def _usage(sums: dict[str, Decimal]) -> ResourceUsage:
    return {name: {DEPOSIT: float(amount)} for name, amount in sums.items()}
