"""Orders, as the customer places them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import Call, filters, hex_of, hex_or_none
from waldur_site_agent.waldur.models.consumer import ConsumerOrder
from waldur_site_agent.waldur.orders import ORDERS
from waldur_site_agent.waldur.plans import PLANS
from waldur_site_agent.waldur.projects import PROJECTS
from waldur_site_agent.waldur.public_offerings import PUBLIC_OFFERINGS
from waldur_site_agent.waldur.sifting import is_of, is_one_of, is_since
from waldur_site_agent.waldur.wire import fields_of

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from uuid import UUID

    from waldur_site_agent.waldur.models.plans import Plan
    from waldur_site_agent.waldur.rest import Rest


class ConsumerOrders:
    """What a customer wishes for. Raises ``WaldurError`` when Waldur did not do it."""

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def create(
        self,
        offering_uuid: UUID | str,
        *,
        project_uuid: UUID | str,
        name: str,
        plan: Plan | None = None,
        limits: Mapping[str, int | float] | None = None,
        attributes: Mapping[str, object] | None = None,
        request_comment: str = "",
    ) -> ConsumerOrder:
        """Order a new resource, which exists from now on as ``marketplace_resource_uuid``.

        Not repeated after a lost answer: each call makes an order and a resource, and Waldur has
        no key by which it would recognise the second. Who gets a ``TransientError`` or a
        ``ContractError`` knows nothing of the order. Before asking again, look for it with
        ``list(project_uuid=..., types=[CREATE], created_after=...)``, by something that only this
        wish has: ``request_comment``, or what ``attributes`` hold, which older servers keep too.
        Take whatever is found, in any state.

        Args:
            offering_uuid: what is ordered.
            project_uuid: for which project.
            name: the resource's.
            plan: by which it is paid, of ``public_offerings.plans``; None where there is none.
            limits: component type → amount in Waldur units.
            attributes: further ones, as the offering's order form has them.
            request_comment: words for people, and a mark by which the order is found again.

        Raises:
            RefusedError: with the server's words: no such plan, a limit out of range, no right.
        """
        body: dict[str, object] = {
            "offering": self._rest.address(f"{PUBLIC_OFFERINGS}{hex_of(offering_uuid)}/"),
            "project": self._rest.address(f"{PROJECTS}{hex_of(project_uuid)}/"),
            "attributes": {**(attributes or {}), "name": name},
            "limits": dict(limits or {}),
            "accepting_terms_of_service": True,
        }
        if plan is not None:
            body["plan"] = plan.url or self._rest.address(f"{PLANS}{plan.uuid.hex}/")
        if request_comment:
            body["request_comment"] = request_comment
        call = Call.post("consumer_orders.create", ORDERS, body, repeatable=False)
        return self._rest.read(call, ConsumerOrder)

    def get(self, uuid: UUID | str) -> ConsumerOrder:
        """Read an order."""
        query = filters(field=fields_of(ConsumerOrder))
        call = Call.get("consumer_orders.get", f"{ORDERS}{hex_of(uuid)}/", query)
        return self._rest.read(call, ConsumerOrder)

    def list(
        self,
        *,
        offering_uuid: UUID | str | None = None,
        customer_uuid: UUID | str | None = None,
        project_uuid: UUID | str | None = None,
        resource_uuid: UUID | str | None = None,
        types: Iterable[str] = (),
        states: Iterable[str] = (),
        created_after: datetime | None = None,
    ) -> builtins.list[ConsumerOrder]:
        """List the orders that the token may see. What is not said does not narrow.

        The unfinished orders of a customer at an offering are one listing, however many
        resources there are.

        Args:
            offering_uuid: for this offering only.
            customer_uuid: of this organisation only.
            project_uuid: of this project only.
            resource_uuid: about this resource only.
            types: of ``OrderType``; none stand for all.
            states: of ``OrderState``; none stand for all.
            created_after: with a time zone; those made at this moment or later.
        """
        kinds, wanted = tuple(types), tuple(states)
        query = filters(
            offering_uuid=hex_or_none(offering_uuid),
            customer_uuid=hex_or_none(customer_uuid),
            project_uuid=hex_or_none(project_uuid),
            resource_uuid=hex_or_none(resource_uuid),
            type=kinds,
            state=wanted,
            created=created_after,
            field=fields_of(ConsumerOrder),
        )
        call = Call.get("consumer_orders.list", ORDERS, query)
        return [
            order
            for order in self._rest.list(call, ConsumerOrder)
            if is_of(order.offering_uuid, offering_uuid)
            and is_of(order.customer_uuid, customer_uuid)
            and is_of(order.project_uuid, project_uuid)
            and is_of(order.marketplace_resource_uuid, resource_uuid)
            and is_one_of(order.type, kinds)
            and is_one_of(order.state, wanted)
            and is_since(order.created, created_after)
        ]
