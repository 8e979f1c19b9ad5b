"""Plans as text, for people and for grep."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from waldur_site_agent.orders.plan import Plan
    from waldur_site_agent.waldur.models import Order


def plan_lines(planned: Iterable[tuple[Order, Plan]]) -> Iterator[str]:
    """One line an order, one line a step, with the reason behind a dash."""
    none = True
    for order, plan in planned:
        none = False
        yield f"  {order.type} {order.resource_name!r} ({order.state}, order {order.uuid.hex})"
        for number, step in enumerate(plan, start=1):
            yield f"    {number}. {step}" + (f" — {step.reason}" if step.reason else "")
    if none:
        yield "  no orders to work on"
