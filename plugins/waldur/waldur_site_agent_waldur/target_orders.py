"""Orders on the target: placed once, found again, and followed to their end.

Waldur has no key by which it would know a second request for the first, so everything is looked
for before it is asked for: a new resource's order by the marks in its attributes, others by the
resource that they are about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import BackendError, BackendNotReadyError
from waldur_site_agent.backend.redaction import scrub_secrets
from waldur_site_agent.waldur.models.states import OrderState, OrderType, ResourceState
from waldur_site_agent_waldur.door import BusyTargetError, NotOnTargetError
from waldur_site_agent_waldur.marks import SOURCE_RESOURCE, is_marked
from waldur_site_agent_waldur.plan_choice import choose_plan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent.waldur.models import ConsumerOrder, ConsumerResource
    from waldur_site_agent_waldur.reads import TargetReads
    from waldur_site_agent_waldur.settings import FederationSettings
    from waldur_site_agent_waldur.wishes import Wish

UNFINISHED = (
    OrderState.PENDING_CONSUMER,
    OrderState.PENDING_PROJECT,
    OrderState.PENDING_PROVIDER,
    OrderState.PENDING_START_DATE,
    OrderState.EXECUTING,
)
UNAPPROVED = (OrderState.PENDING_CONSUMER, OrderState.PENDING_PROJECT)
FAILED = (OrderState.ERRED, OrderState.CANCELED, OrderState.REJECTED)
BUSY = (ResourceState.CREATING, ResourceState.UPDATING)


class TargetOrders:
    """What the source asks of the target. Methods raise BackendError and its kinds."""

    def __init__(self, waldur: Waldur, settings: FederationSettings, reads: TargetReads) -> None:
        """Ask nothing yet."""
        self._waldur = waldur
        self._settings = settings
        self._reads = reads

    # New resources

    def create(self, wish: Wish, project_uuid: UUID) -> ConsumerOrder:
        """Order a new resource, unless the order is there already.

        Raises:
            BackendError: the target refused, or no plan can be chosen.
            BackendUnavailableError: whether it is there is not known.
        """
        found = self._placed(wish, project_uuid)
        if found is not None:
            logger.info("The target Waldur has the order already; it is adopted")
            return found
        return self._waldur.consumer_orders.create(
            self._settings.offering_uuid,
            project_uuid=project_uuid,
            name=wish.name,
            plan=choose_plan(
                self._reads.plans, source_plan=wish.plan_name, mapping=self._settings.plans
            ),
            limits=wish.limits,
            attributes=wish.attributes,
        )

    def _placed(self, wish: Wish, project_uuid: UUID) -> ConsumerOrder | None:
        """The order that was placed for a wish, in whichever state; the latest, if several."""
        listed = self._waldur.consumer_orders.list(
            offering_uuid=self._settings.offering_uuid,
            project_uuid=project_uuid,
            types=[OrderType.CREATE],
        )
        ours = [order for order in listed if wish.is_met_by(order)]
        return max(ours, key=_moment, default=None)

    def creation_of(self, resource: ConsumerResource) -> ConsumerOrder | None:
        """The order by which a resource came to be; None where the target shows none."""
        listed = self._waldur.consumer_orders.list(
            resource_uuid=resource.uuid, types=[OrderType.CREATE]
        )
        return max(listed, key=_moment, default=None)

    def resource_for(self, source_resource: UUID) -> UUID:
        """The resource that was ordered last for one of the source.

        Raises:
            BackendError: none was.
        """
        listed = self._waldur.consumer_orders.list(
            offering_uuid=self._settings.offering_uuid,
            customer_uuid=self._settings.customer_uuid,
            types=[OrderType.CREATE],
        )
        marked = [
            one for one in listed if is_marked(one.attributes, SOURCE_RESOURCE, source_resource)
        ]
        latest = max(marked, key=_moment, default=None)
        if latest is None or latest.marketplace_resource_uuid is None:
            raise BackendError("The target Waldur has no order for this resource.")
        return latest.marketplace_resource_uuid

    # Changes and ends

    def change_limits(self, resource: ConsumerResource, limits: Mapping[str, float]) -> UUID:
        """Order other limits, unless that is under way.

        Raises:
            BackendNotReadyError: another order about the resource is under way.
            BackendError: the target refused, or the resource is erred there.
        """
        under_way = self._under_way(resource)
        if under_way is None:
            return self._order_limits(resource, limits)
        if under_way.type == OrderType.UPDATE and dict(under_way.limits) == dict(limits):
            return under_way.uuid
        raise _busy(under_way)

    def _order_limits(self, resource: ConsumerResource, limits: Mapping[str, float]) -> UUID:
        try:
            return self._waldur.consumer_resources.update_limits(resource.uuid, limits)
        except BusyTargetError as error:
            if resource.state != ResourceState.ERRED:
                raise
            # Waiting would not help: somebody has to act.
            raise BackendError(
                "The resource is erred on the target Waldur, whose provider has to mend it first."
            ) from error

    def terminate(self, resource: ConsumerResource) -> UUID:
        """Order the end of a resource, unless that is under way.

        Raises:
            BackendNotReadyError: something else is under way, or the target ends it by itself.
        """
        under_way = self._under_way(resource)
        if under_way is not None and under_way.type == OrderType.TERMINATE:
            return under_way.uuid
        if under_way is not None:
            raise _busy(under_way)
        if resource.state in BUSY or resource.state == ResourceState.TERMINATING:
            raise BackendNotReadyError(f"the resource is {resource.state} on the target Waldur")
        return self._waldur.consumer_resources.terminate(resource.uuid)

    def _under_way(self, resource: ConsumerResource) -> ConsumerOrder | None:
        listed = self._waldur.consumer_orders.list(resource_uuid=resource.uuid, states=UNFINISHED)
        return max(listed, key=_moment, default=None)

    # How it goes

    def is_done(self, order_uuid: UUID) -> bool:
        """Whether an order has come to its end.

        Raises:
            BackendError: it failed, or the target has none such.
            BackendUnavailableError: that could not be told.
        """
        try:
            order = self._waldur.consumer_orders.get(order_uuid)
        except NotOnTargetError:
            self._reads.require_sight()
            raise
        if order.state in FAILED:
            raise BackendError(_verdict(order))
        if order.state in UNAPPROVED:
            logger.warning(
                "Order %s waits for approval on the target Waldur: an owner of the organization "
                "there has to approve it, or the token's owner has to be one",
                order.uuid.hex,
            )
        return order.state == OrderState.DONE


def _busy(order: ConsumerOrder) -> BackendNotReadyError:
    return BusyTargetError(f"an order of type {order.type} is {order.state} on the target Waldur")


def _verdict(order: ConsumerOrder) -> str:
    said = scrub_secrets(order.error_message or order.provider_rejection_comment).strip()
    return f"The target Waldur's order is {order.state}" + (f": {said}" if said else ".")


def _moment(order: ConsumerOrder) -> tuple[float, str]:
    return order.created.timestamp() if order.created else 0.0, order.uuid.hex
