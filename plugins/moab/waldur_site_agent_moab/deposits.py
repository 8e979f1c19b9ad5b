"""How much has to be put into a fund, or taken out of it. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_moab.amounts import credits_of, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from waldur_site_agent.backend.component_types import Component
    from waldur_site_agent_moab.parser import Fund

DEPOSIT = "deposit"
"""The one component that MAM counts."""
NOTHING = Decimal(0)


def wanted_deposit(limits: Mapping[str, float], component: Component) -> Decimal | None:
    """What an account is to have been given in all, in credits.

    Args:
        limits: what was ordered, by component.
        component: the settings of ``deposit``. One that is billed by usage is not ordered; its
            fixed ``limit`` is given instead.

    Returns:
        The amount; None where none was ordered, or a negative one, which stands for none.

    Raises:
        BackendError: what stands there is no number.
    """
    is_ordered = component.get("accounting_type") != "usage"
    amount = limits.get(DEPOSIT) if is_ordered else component.get("limit")
    if amount is None:
        return None
    try:
        wanted = credits_of(amount)
    except ValueError as error:
        raise BackendError(f"the limit of {DEPOSIT}: {error}") from error
    return wanted if wanted >= 0 else None


def missing_from(fund: Fund, wanted: Decimal, account: str) -> Decimal:
    """How much a fund lacks; negative where it has too much.

    What was put in and taken out before is in ``allocated``, by whomever, so that doing the same
    again adds nothing.

    Raises:
        BackendError: more would have to be taken out than is left.
    """
    missing = wanted - fund.allocated
    if missing < 0 and -missing > fund.balance:
        spent = fund.allocated - fund.balance
        raise BackendError(
            f"the deposit of {account!r} cannot be {written(wanted)}: {written(spent)} of it are "
            "spent already"
        )
    return missing


def own_fund(funds: Iterable[Fund], account: str) -> Fund | None:
    """The fund into which an account's deposits go; None where it has none.

    Raises:
        BackendError: it cannot be told which it is.
    """
    found = [fund for fund in funds if fund.concerns(account)]
    if not found:
        return None
    if len(found) > 1:
        listed = ", ".join(str(fund.fund_id) for fund in found)
        raise BackendError(
            f"the account {account!r} has the funds {listed} in MAM, so which of them holds its "
            "deposit cannot be told: leave it one"
        )
    if not found[0].is_own_of(account):
        raise BackendError(
            f"the fund {found[0].fund_id} of the account {account!r} in MAM has other constraints, "
            "too: give the account a fund that is constrained to it alone"
        )
    return found[0]
