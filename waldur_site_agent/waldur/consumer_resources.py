"""Resources, as the customer sees and changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import Call, filters, hex_of, hex_or_none
from waldur_site_agent.waldur.models.consumer import ConsumerResource, OrderReference
from waldur_site_agent.waldur.models.resources import TeamMember
from waldur_site_agent.waldur.sifting import is_of, is_one_of, is_since
from waldur_site_agent.waldur.wire import fields_of

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime
    from uuid import UUID

    from waldur_site_agent.waldur.rest import Rest

RESOURCES = "marketplace-resources/"


class ConsumerResources:
    """What a customer has. Raises ``WaldurError`` when Waldur did not do it.

    A change is an order, which the provider carries out when it comes to it. Such calls are not
    repeated after a lost answer: the order may be there, and ``consumer_orders.list`` tells.
    """

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def list(
        self,
        *,
        offering_uuid: UUID | str | None = None,
        customer_uuid: UUID | str | None = None,
        project_uuid: UUID | str | None = None,
        states: Iterable[str] = (),
        modified_after: datetime | None = None,
    ) -> builtins.list[ConsumerResource]:
        """List the resources that the token may see: 300 of them take one request.

        Args:
            offering_uuid: of this offering only.
            customer_uuid: of this organisation only.
            project_uuid: of this project only.
            states: of ``ResourceState``; none stand for all, terminated ones too.
            modified_after: with a time zone; those that changed at this moment or later.
        """
        wanted = tuple(states)
        query = filters(
            offering_uuid=hex_or_none(offering_uuid),
            customer_uuid=hex_or_none(customer_uuid),
            project_uuid=hex_or_none(project_uuid),
            state=wanted,
            modified=modified_after,
            field=fields_of(ConsumerResource),
        )
        call = Call.get("consumer_resources.list", RESOURCES, query)
        return [
            resource
            for resource in self._rest.list(call, ConsumerResource)
            if is_of(resource.offering_uuid, offering_uuid)
            and is_of(resource.customer_uuid, customer_uuid)
            and is_of(resource.project_uuid, project_uuid)
            and is_one_of(resource.state, wanted)
            and is_since(resource.modified, modified_after)
        ]

    def get(self, uuid: UUID | str) -> ConsumerResource:
        """Read a resource.

        Raises:
            NotFoundError: there is none, or the token may not see it (any more): with an
                ``unrouted`` one nothing is known of the resource at all.
        """
        query = filters(field=fields_of(ConsumerResource))
        call = Call.get("consumer_resources.get", _path(uuid), query)
        return self._rest.read(call, ConsumerResource)

    def team(
        self, uuid: UUID | str, *, has_consent: bool | None = None
    ) -> builtins.list[TeamMember]:
        """List the people of the resource's project, each once however many the roles.

        Args:
            uuid: the resource's.
            has_consent: True leaves out those who have not agreed to the offering's terms.
        """
        call = Call.get(
            "consumer_resources.team", f"{_path(uuid)}team/", filters(has_consent=has_consent)
        )
        return self._rest.list(call, TeamMember)

    def update_limits(
        self, uuid: UUID | str, limits: Mapping[str, int | float], *, request_comment: str = ""
    ) -> UUID:
        """Order other limits; answers with the order's UUID.

        Args:
            uuid: the resource's.
            limits: component type → amount in Waldur units; all components that have a limit.
            request_comment: words for people.

        Raises:
            RefusedError: another order is not finished (409, or 400 with the server's words),
                the resource's state does not allow it (409), or the limits are refused (400).
        """
        body: dict[str, object] = {"limits": dict(limits)}
        if request_comment:
            body["request_comment"] = request_comment
        return self._order(uuid, "update_limits", body)

    def terminate(self, uuid: UUID | str, attributes: Mapping[str, object] | None = None) -> UUID:
        """Order the end of the resource; answers with the order's UUID.

        Args:
            uuid: the resource's.
            attributes: what the offering wants to know of it.

        Raises:
            RefusedError: as ``update_limits``.
        """
        body = {"attributes": dict(attributes)} if attributes else None
        return self._order(uuid, "terminate", body)

    def set_end_date(self, uuid: UUID | str, end_date: date | None) -> None:
        """Say on which day the resource ends; None for never."""
        body = {"end_date": end_date.isoformat() if end_date else None}
        path = f"{_path(uuid)}set_end_date/"
        self._rest.tell(Call.post("consumer_resources.set_end_date", path, body))

    def _order(self, uuid: UUID | str, action: str, body: Mapping[str, object] | None) -> UUID:
        path = f"{_path(uuid)}{action}/"
        call = Call.post(f"consumer_resources.{action}", path, body, repeatable=False)
        return self._rest.read(call, OrderReference).order_uuid


def _path(uuid: UUID | str) -> str:
    return f"{RESOURCES}{hex_of(uuid)}/"
