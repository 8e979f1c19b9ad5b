"""What consumers order."""

from collections.abc import Mapping
from datetime import date

from waldur_site_agent_testkit.mastermind import ordering
from waldur_site_agent_testkit.mastermind.shapes import JSON, Limits
from waldur_site_agent_testkit.mastermind.state import (
    Offering,
    Order,
    OrderState,
    OrderType,
    Plan,
    Project,
    Resource,
)
from waldur_site_agent_testkit.mastermind.verbs.base import Verbs, locked


class OrderVerbs(Verbs):
    """Orders, and resources that come of them."""

    @locked
    def order_create(
        self,
        project: Project,
        offering: Offering,
        name: str,
        *,
        limits: Limits | None = None,
        attributes: Mapping[str, JSON] | None = None,
        plan: Plan | None = None,
        slug: str | None = None,
        start_date: date | None = None,
        approved: bool = True,
    ) -> Order:
        """Order a new resource; `.resource` of the result is it.

        The order waits for the provider, or for the consumer's approval when `approved` is false.
        """
        order = ordering.order_new(
            self._store,
            project=project,
            offering=offering,
            plan=plan or next(iter(offering.plans), None),
            attributes={**(attributes or {}), "name": name},
            limits=limits or {},
            slug=slug,
            start_date=start_date,
        )
        return self._ordered(order, approved=approved)

    @locked
    def order_update(self, resource: Resource, limits: Limits, *, approved: bool = True) -> Order:
        """Order other limits for a resource.

        Raises:
            WrongStateError: The resource is not OK.
            UnfinishedOrderError: Another order on it is not finished.
        """
        order = ordering.order_change(self._store, resource, OrderType.UPDATE, limits=limits)
        return self._ordered(order, approved=approved)

    @locked
    def order_terminate(self, resource: Resource, *, approved: bool = True) -> Order:
        """Order the end of a resource that is OK or Erred; raises as `order_update`."""
        order = ordering.order_change(self._store, resource, OrderType.TERMINATE)
        return self._ordered(order, approved=approved)

    @locked
    def order_restore(self, resource: Resource, *, approved: bool = True) -> Order:
        """Order a terminated resource back, with the limits it had; raises as `order_update`."""
        order = ordering.order_change(
            self._store, resource, OrderType.RESTORE, limits=resource.limits
        )
        return self._ordered(order, approved=approved)

    def _ordered(self, order: Order, *, approved: bool) -> Order:
        if approved:
            ordering.move(self._store, order, "approve_by_consumer")
        return order

    @locked
    def move_order(self, order: Order, operation: str) -> None:
        """Carry out an operation of the order's state machine, such as `approve_by_provider`.

        Raises:
            WrongStateError: The order's state does not allow it.
        """
        ordering.move(self._store, order, operation)

    @locked
    def carry_out(self, order: Order, *, backend_id: str = "") -> None:
        """Have the provider's people do what an order says, as far as they have not.

        Args:
            order: One that waits for the provider, or is executing.
            backend_id: What the resource is called there from now on, where it is said.

        Raises:
            WrongStateError: The order is over, or not the provider's turn.
        """
        if order.state is not OrderState.EXECUTING:
            ordering.move(self._store, order, "approve_by_provider")
        if backend_id:
            ordering.set_backend_id(self._store, order.resource, backend_id)
        ordering.move(self._store, order, "set_state_done")

    @locked
    def fail_order(self, order: Order, message: str) -> None:
        """Have the provider's people fail at an order."""
        order.error_message = message
        ordering.move(self._store, order, "set_state_erred")

    @locked
    def add_resource(
        self,
        project: Project,
        offering: Offering,
        name: str,
        *,
        backend_id: str = "",
        limits: Limits | None = None,
        slug: str | None = None,
    ) -> Resource:
        """Add a resource that is OK, as if it had been ordered and provisioned long ago."""
        order = self.order_create(project, offering, name, limits=limits, slug=slug)
        ordering.move(self._store, order, "approve_by_provider")
        ordering.set_backend_id(self._store, order.resource, backend_id)
        ordering.move(self._store, order, "set_state_done")
        return order.resource
