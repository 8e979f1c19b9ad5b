"""What a resource of the source is to be on the target. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from waldur_site_agent.waldur.models.states import OrderState
from waldur_site_agent_waldur.marks import SOURCE_ORDER, SOURCE_RESOURCE, is_marked, order_marks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from waldur_site_agent.backend.waldur_objects import WaldurResource
    from waldur_site_agent.waldur.models import ConsumerOrder

UNSUCCESSFUL = (OrderState.ERRED, OrderState.CANCELED, OrderState.REJECTED)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """An order for the target that is not placed yet, or perhaps it is.

    Attributes:
        plan_name: of the source's plan.
        limits: by the target's components.
        attributes: of the order, its marks among them.
        resource_uuid: the source's resource that asks for it.
        order_uuid: the source's order; None when a resource is made without one.
    """

    name: str
    plan_name: str = ""
    limits: Mapping[str, int] = field(default_factory=dict)
    attributes: Mapping[str, object] = field(default_factory=dict)
    resource_uuid: UUID
    order_uuid: UUID | None = None

    def is_met_by(self, order: ConsumerOrder) -> bool:
        """Whether an order on the target was placed for this wish.

        A resource that is restored was ordered before, so the source's order decides; where it
        is not known, an order that did not fail.
        """
        if not is_marked(order.attributes, SOURCE_RESOURCE, self.resource_uuid):
            return False
        if self.order_uuid is None:
            return order.state not in UNSUCCESSFUL
        return is_marked(order.attributes, SOURCE_ORDER, self.order_uuid)


def wish_for(
    resource: WaldurResource,
    *,
    order_uuid: UUID | None,
    limits: Mapping[str, int],
    passthrough: Sequence[str],
) -> Wish:
    """Say what to order for a resource.

    Args:
        resource: as the source has it.
        order_uuid: the source's order, where it is known.
        limits: by the target's components.
        passthrough: names of attributes that are handed on.
    """
    given = {name: resource.attributes[name] for name in passthrough if name in resource.attributes}
    end = {"end_date": resource.end_date.isoformat()} if resource.end_date else {}
    return Wish(
        name=resource.name,
        plan_name=resource.plan_name,
        limits=limits,
        attributes={**given, **end, **order_marks(resource.uuid, order_uuid)},
        resource_uuid=resource.uuid,
        order_uuid=order_uuid,
    )
