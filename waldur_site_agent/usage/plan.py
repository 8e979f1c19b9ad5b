"""What of a resource's month is to be sent, and what is held back. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from waldur_site_agent.usage.amounts import ZERO

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from decimal import Decimal
    from uuid import UUID

    from waldur_site_agent.usage.used import Used

WENT_DOWN = "less was measured than Waldur has"
VANISHED = "the user is no longer in the report"
NOTHING = "nothing was measured where Waldur has an amount"
SEVERAL = "Waldur has several records of it"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How decreases are met.

    Attributes:
        holds_decreases: less than Waldur has is held back until a person has looked.
        omits_components: a total that is held back holds back its component alone, not the whole
            resource.
        clears_absent_users: users who are in Waldur and not in the report are set to zero. Where
            decreases are held back, they are only told.
        clears_absent_components: the same for components, and for resources of which the backend
            keeps no record of the month.
        writes_zero: nothing measured is told as zero. Without it, zeros are not told where Waldur
            has nothing, and held back where it has an amount.
        tells_users: users' amounts are sent, not only totals.
    """

    holds_decreases: bool = True
    omits_components: bool = False
    clears_absent_users: bool = False
    clears_absent_components: bool = False
    writes_zero: bool = True
    tells_users: bool = True


@dataclass(frozen=True, kw_only=True)
class Record:
    """What Waldur has of one component of a resource in a month.

    Attributes:
        uuid: of the component usage.
        users: by name, all that Waldur has under that name: one amount, as a rule.
    """

    uuid: UUID
    amount: Decimal
    users: Mapping[str, Sequence[Decimal]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Change:
    """An amount that differs. ``before`` is None where Waldur has none yet.

    ``username`` is empty for the resource's total.
    """

    component: str
    username: str = ""
    before: Decimal | None
    now: Decimal


@dataclass(frozen=True, kw_only=True)
class HeldBack(Change):
    """An amount that differs, and is not sent for a reason."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class UsagePlan:
    """What of one resource's month is to be sent.

    Attributes:
        totals: the resource's own amounts.
        users: amounts of single users, of components that Waldur has or will have a total of.
        held_back: what a person has to look at.
        left_out: components that the offering does not bill by usage or limit in Waldur.
    """

    totals: Sequence[Change] = ()
    users: Sequence[Change] = ()
    held_back: Sequence[HeldBack] = ()
    left_out: Sequence[str] = ()

    @property
    def differs(self) -> bool:
        """Whether there is anything to send."""
        return bool(self.totals or self.users)


def plan_usage(
    used: Used,
    before: Mapping[str, Sequence[Record]],
    *,
    components: Collection[str],
    rules: Rules,
) -> UsagePlan:
    """Compare what was measured with what Waldur has.

    Args:
        used: what was measured.
        before: what Waldur has, by component.
        components: those that the offering bills by usage or by limit.
        rules: how decreases are met.
    """
    measured = {name: now for name, now in used.totals.items() if name in components}
    if rules.clears_absent_components:
        absent = before.keys() - measured.keys()
        measured |= dict.fromkeys(sorted(absent & set(components)), ZERO)
    totals = list(_totals(measured, before, rules))
    held = [change for change in totals if isinstance(change, HeldBack)]
    blocked = {change.component for change in held}
    if held and not rules.omits_components:
        blocked = set(measured)
    sent = [change for change in totals if change.component not in blocked]
    # Waldur takes a user's amount as part of a total that it has.
    with_total = before.keys() | {change.component for change in sent}
    users = list(_users(used, (measured.keys() - blocked) & with_total, before, rules))
    return UsagePlan(
        totals=sent,
        users=[change for change in users if not isinstance(change, HeldBack)],
        held_back=[*held, *(change for change in users if isinstance(change, HeldBack))],
        left_out=sorted(used.totals.keys() - set(components)),
    )


def _totals(
    measured: Mapping[str, Decimal], before: Mapping[str, Sequence[Record]], rules: Rules
) -> Iterator[Change]:
    for component, now in measured.items():
        amounts = [record.amount for record in before.get(component, ())]
        change = _change(component, "", amounts, now, rules)
        if change is not None:
            yield change


def _users(
    used: Used,
    components: Collection[str],
    before: Mapping[str, Sequence[Record]],
    rules: Rules,
) -> Iterator[Change]:
    for component in sorted(components) if rules.tells_users else ():
        now = {name: some[component] for name, some in used.users.items() if component in some}
        known = {
            name: amounts
            for record in before.get(component, ())
            for name, amounts in record.users.items()
        }
        for name in sorted(now.keys() | known.keys()):
            change = (
                _change(component, name, known.get(name, ()), now[name], rules)
                if name in now
                else _vanished(component, name, known[name], rules)
            )
            if change is not None:
                yield change


def _change(
    component: str, username: str, before: Sequence[Decimal], now: Decimal, rules: Rules
) -> Change | None:
    """What is to become of one amount that was measured; nothing where it is so already.

    A resource that used nothing yet is told so, as a rule; a user is first told of with an amount.
    """
    if len(before) > 1:
        return HeldBack(
            component=component,
            username=username,
            before=sum(before, ZERO),
            now=now,
            reason=SEVERAL,
        )
    old = before[0] if before else None
    tells_zero = rules.writes_zero and not username
    if old == now or (old is None and not now and not tells_zero):
        return None
    reason = _reason_to_hold(old, now, rules)
    if reason:
        return HeldBack(component=component, username=username, before=old, now=now, reason=reason)
    return Change(component=component, username=username, before=old, now=now)


def _reason_to_hold(old: Decimal | None, now: Decimal, rules: Rules) -> str:
    if old is None or now > old:
        return ""
    if rules.holds_decreases:
        return WENT_DOWN
    return "" if now or rules.writes_zero else NOTHING


def _vanished(
    component: str, username: str, before: Sequence[Decimal], rules: Rules
) -> Change | None:
    """What is to become of a user's amount that is in Waldur and not in the report."""
    old = sum(before, ZERO)
    if not old:
        return None
    if rules.holds_decreases:
        return HeldBack(
            component=component, username=username, before=old, now=ZERO, reason=VANISHED
        )
    if rules.clears_absent_users:
        return Change(component=component, username=username, before=old, now=ZERO)
    return None
