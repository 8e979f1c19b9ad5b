"""Brakes: a pass that would remove too many waits for a person. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.config.models import RemovalLimits
    from waldur_site_agent.membership.plan import MembersPlan, Removal


def brake(plans: Sequence[MembersPlan], limits: RemovalLimits, *, force: bool) -> list[MembersPlan]:
    """Hold back removals that exceed the limits of a resource or of the offering.

    Args:
        plans: of all resources of a pass.
        limits: the offering's ``removal_limits``.
        force: a person has looked: hold nothing back.
    """
    if force:
        return list(plans)
    too_many = _too_many_at_all(plans, limits)
    return [_braked(plan, too_many or _too_many(plan, limits)) for plan in plans]


def _too_many(plan: MembersPlan, limits: RemovalLimits) -> str:
    count = len(_counted(plan))
    if not _exceeds(count, plan.present, limits.resource_number, limits.resource_share):
        return ""
    return (
        f"{count} of the resource's {plan.present} members would go, which exceeds "
        f"removal_limits.resource_number ({limits.resource_number}) and "
        f"resource_share ({limits.resource_share:g})"
    )


def _too_many_at_all(plans: Sequence[MembersPlan], limits: RemovalLimits) -> str:
    count = sum(len(_counted(plan)) for plan in plans)
    present = sum(plan.present for plan in plans)
    if not _exceeds(count, present, limits.offering_number, limits.offering_share):
        return ""
    return (
        f"{count} of the offering's {present} members would go, which exceeds "
        f"removal_limits.offering_number ({limits.offering_number}) and "
        f"offering_share ({limits.offering_share:g})"
    )


def _exceeds(count: int, present: int, number: int, share: float) -> bool:
    return count > number and count > share * present


def _counted(plan: MembersPlan) -> tuple[Removal, ...]:
    return tuple(removal for removal in plan.remove if not removal.asked_for)


def _braked(plan: MembersPlan, why: str) -> MembersPlan:
    counted = _counted(plan)
    if not why or not counted:
        return plan
    asked_for = tuple(removal for removal in plan.remove if removal.asked_for)
    return replace(plan, remove=asked_for, held_back=counted, held_why=why)
