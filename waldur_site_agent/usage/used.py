"""What one resource used in a month, as Waldur is to show it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE
from waldur_site_agent.usage.amounts import ZERO, NoAmountError, exact, rounded, total

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from decimal import Decimal

Exactly: TypeAlias = dict[str, Fraction]
"""By component; Waldur units, not rounded."""


@dataclass(frozen=True, kw_only=True)
class Used:
    """What was measured of one resource.

    Attributes:
        totals: by component; Waldur units, two decimals.
        users: by the user's name at the site, then by component, of those in ``totals``.
    """

    totals: Mapping[str, Decimal]
    users: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)


def nothing(components: Iterable[str]) -> Used:
    """The usage of a resource that is there and idle."""
    return Used(totals=dict.fromkeys(components, ZERO))


def read_used(reported: object, *, name_of: Callable[[str], str]) -> Used:
    """Read what a plugin reports of one resource; amounts are rounded here, and only here.

    Args:
        reported: by user, and in all under ``TOTAL_ACCOUNT_USAGE``, amounts by component.
        name_of: a user's name as Waldur has it, for one that the backend reports. What is reported
            under several forms of a name is added up.

    Raises:
        NoAmountError: it has no total, or something in it is no amount.
    """
    if not isinstance(reported, Mapping) or TOTAL_ACCOUNT_USAGE not in reported:
        raise NoAmountError(f"the report has no {TOTAL_ACCOUNT_USAGE}")
    whole = _exactly(reported[TOTAL_ACCOUNT_USAGE])
    users = _users(reported, whole, name_of)
    return Used(
        totals={
            component: total(amount, [user.get(component, Fraction()) for user in users.values()])
            for component, amount in whole.items()
        },
        users={
            name: {component: rounded(amount) for component, amount in amounts.items()}
            for name, amounts in users.items()
        },
    )


def without_zeros_of(used: Used, *, others_than: Collection[str]) -> Used:
    """Leave out that nothing was used of components that are not among some.

    A plugin is told of all components of the offering, and may say zero of those that somebody
    else measures.
    """
    kept = {name: now for name, now in used.totals.items() if now or name in others_than}
    return used if len(kept) == len(used.totals) else replace(used, totals=kept)


def _users(
    reported: Mapping[str, object], whole: Exactly, name_of: Callable[[str], str]
) -> dict[str, Exactly]:
    """Amounts by user, of components that have a total; what nobody used belongs to the rest."""
    users: dict[str, Exactly] = {}
    for name, amounts in reported.items():
        if name == TOTAL_ACCOUNT_USAGE or not name:
            continue
        mine = users.setdefault(name_of(name), {})
        for component, amount in _exactly(amounts).items():
            if component in whole:
                mine[component] = mine.get(component, Fraction()) + amount
    return users


def _exactly(amounts: object) -> Exactly:
    if not isinstance(amounts, Mapping):
        raise NoAmountError(f"the report has {type(amounts).__name__} where amounts belong")
    return {component: exact(amount) for component, amount in amounts.items()}
