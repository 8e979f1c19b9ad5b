"""Plans as text, for people and for grep."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from waldur_site_agent.membership.dry_run import ResourcePlan
    from waldur_site_agent.membership.plan import MembersPlan
    from waldur_site_agent.orders.plan import Plan
    from waldur_site_agent.waldur.models import Order


def order_lines(planned: Iterable[tuple[Order, Plan]]) -> Iterator[str]:
    """One line an order, one line a step, with the reason behind a dash."""
    none = True
    for order, plan in planned:
        none = False
        yield f"  {order.type} {order.resource_name!r} ({order.state}, order {order.uuid.hex})"
        for number, step in enumerate(plan, start=1):
            yield f"    {number}. {step}" + (f" — {step.reason}" if step.reason else "")
    if none:
        yield "  no orders to work on"


def member_lines(planned: Iterable[ResourcePlan]) -> Iterator[str]:
    """Each resource that needs something, with who comes and goes by name, and a last line."""
    total = 0
    quiet = 0
    for one in planned:
        total += 1
        quiet += one.is_empty
        if not one.is_empty:
            yield f"  {one.resource.name!r} ({one.resource.backend_id})"
            yield from _details(one)
    yield f"  {quiet} of {total} resources need nothing"


def _details(one: ResourcePlan) -> Iterator[str]:
    if one.trouble:
        yield f"    cannot be told: {one.trouble}"
    if one.members:
        yield from _coming_and_going(one.members)
    for step in one.steps:
        yield f"    {step}"


def _coming_and_going(plan: MembersPlan) -> Iterator[str]:
    if plan.unknown:
        yield f"    members stay as they are: {plan.unknown}"
    if plan.add:
        yield f"    add {', '.join(sorted(plan.add))}"
    for removal in plan.remove:
        yield f"    remove {removal.name} — {removal.reason}"
    if plan.held_back:
        names = ", ".join(removal.name for removal in plan.held_back)
        yield f"    HELD BACK: would remove {names} — {plan.held_why}"
