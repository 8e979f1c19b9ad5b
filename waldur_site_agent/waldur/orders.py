"""Orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.waldur.call import Call, filters, hex_of
from waldur_site_agent.waldur.models.orders import Order
from waldur_site_agent.waldur.sifting import is_of, is_one_of, is_since
from waldur_site_agent.waldur.wire import fields_of

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from uuid import UUID

    from waldur_site_agent.waldur.errors import ContractError
    from waldur_site_agent.waldur.paging import Row
    from waldur_site_agent.waldur.rest import Rest

logger = structlog.get_logger(__name__)

ORDERS = "marketplace-orders/"


class Orders:
    """What projects wish for."""

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def list(
        self,
        offering_uuid: UUID | str,
        states: Iterable[str],
        *,
        types: Iterable[str] = (),
        modified_after: datetime | None = None,
    ) -> builtins.list[Order]:
        """List an offering's orders in some states.

        An order that cannot be read is left out and logged: it must not stop the others.

        Args:
            offering_uuid: whose orders.
            states: of ``OrderState``; none stand for all.
            types: of ``OrderType``; none stand for all.
            modified_after: with a time zone; those that changed at this moment or later.

        Raises:
            WaldurError: the listing failed or was incomplete.
        """
        wanted, kinds = tuple(states), tuple(types)
        query = filters(
            offering_uuid=hex_of(offering_uuid),
            state=wanted,
            type=kinds,
            modified=modified_after,
            field=fields_of(Order),
        )
        orders = self._rest.list(
            Call.get("orders.list", ORDERS, query), Order, leave_out=_tell_unreadable
        )
        return [
            order
            for order in orders
            if is_of(order.offering_uuid, offering_uuid)
            and is_one_of(order.state, wanted)
            and is_one_of(order.type, kinds)
            and is_since(order.modified, modified_after)
        ]

    def get(self, uuid: UUID | str) -> Order:
        """Read an order.

        Raises:
            WaldurError: it cannot be read.
        """
        query = filters(field=fields_of(Order))
        return self._rest.read(Call.get("orders.get", _path(uuid), query), Order)

    def approve(self, uuid: UUID | str) -> None:
        """Approve for the provider. The state that follows is to be read, not assumed.

        Raises:
            ConflictError: the order does not wait for the provider (any more).
            WaldurError: Waldur could not be told.
        """
        self._act(uuid, "approve", "approve_by_provider")

    def reject(self, uuid: UUID | str) -> None:
        """Reject for the provider.

        Raises:
            ConflictError: the order does not wait for the provider (any more).
            WaldurError: Waldur could not be told.
        """
        self._act(uuid, "reject", "reject_by_provider")

    def set_done(self, uuid: UUID | str) -> None:
        """Complete an order. Mastermind moves its resource, too.

        Raises:
            ConflictError: the order is not executing.
            WaldurError: Waldur could not be told.
        """
        self._act(uuid, "set_done", "set_state_done")

    def set_erred(self, uuid: UUID | str, message: str, traceback: str = "") -> None:
        """Fail an order, with words for the people who ordered. The resource errs, too.

        Raises:
            WaldurError: Waldur could not be told.
        """
        body = {"error_message": message, "error_traceback": traceback}
        self._act(uuid, "set_erred", "set_state_erred", body)

    def set_backend_id(self, uuid: UUID | str, backend_id: str) -> None:
        """Keep the id of the order on the other side, for asynchronous backends.

        Raises:
            WaldurError: Waldur could not be told.
        """
        self._act(uuid, "set_backend_id", "set_backend_id", {"backend_id": backend_id})

    def _act(
        self, uuid: UUID | str, name: str, action: str, body: Mapping[str, object] | None = None
    ) -> None:
        self._rest.tell(Call.post(f"orders.{name}", f"{_path(uuid)}{action}/", body))


def _path(uuid: UUID | str) -> str:
    return f"{ORDERS}{hex_of(uuid)}/"


def _tell_unreadable(row: Row, error: ContractError) -> None:
    logger.error(
        "order.unreadable",
        order=str(row.get("uuid", "unknown")),
        why=str(error),
        consequence="the order is left out; the others go on",
    )
