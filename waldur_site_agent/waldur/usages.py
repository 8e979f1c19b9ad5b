"""Usages by month: listings for whole offerings, and what is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import Call, filters, hex_of, hex_or_none
from waldur_site_agent.waldur.models.usages import ComponentUsage, UserUsage
from waldur_site_agent.waldur.offering_users import OFFERING_USERS
from waldur_site_agent.waldur.sifting import is_of
from waldur_site_agent.waldur.wire import fields_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from decimal import Decimal
    from uuid import UUID

    from waldur_site_agent.waldur.rest import Rest

COMPONENT_USAGES = "marketplace-component-usages/"
USER_USAGES = "marketplace-component-user-usages/"


@dataclass(frozen=True, kw_only=True)
class UserAmount:
    """What one user used of a component.

    Attributes:
        username: the user's name at the site.
        amount: Waldur units, two decimals.
        account: the user's account at the offering, where there is one.
    """

    username: str
    amount: Decimal
    account: UUID | None = None


class Usages:
    """Totals and users' usages. Raises ``WaldurError`` when Waldur did not do it.

    A listing is narrowed to an offering, a customer or a resource. Rows are filtered again: a
    server that does not know a filter answers for everything.
    """

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def totals(
        self,
        month: date,
        *,
        offering_uuid: UUID | str | None = None,
        customer_uuid: UUID | str | None = None,
        resource_uuid: UUID | str | None = None,
    ) -> list[ComponentUsage]:
        """List what resources used in a month.

        Args:
            month: its first day.
            offering_uuid: on this offering's resources only.
            customer_uuid: on resources of this organisation's projects only.
            resource_uuid: on this resource only.
        """
        query = filters(
            billing_period=month.isoformat(),
            **_narrowed(offering_uuid, customer_uuid, resource_uuid),
            field=fields_of(ComponentUsage),
        )
        call = Call.get("usages.totals", COMPONENT_USAGES, query)
        return [
            row
            for row in self._rest.list(call, ComponentUsage)
            if row.billing_period in (None, month)
            and is_of(row.offering_uuid, offering_uuid)
            and is_of(row.customer_uuid, customer_uuid)
            and is_of(row.resource_uuid, resource_uuid)
        ]

    def of_users(
        self,
        month: date,
        *,
        offering_uuid: UUID | str | None = None,
        customer_uuid: UUID | str | None = None,
        resource_uuid: UUID | str | None = None,
    ) -> list[UserUsage]:
        """List what single users used in a month.

        Older servers do not tell the month of a row: one that belongs to none of the month's
        totals is another month's, from a server that does not know the filter.

        Args:
            month: its first day.
            offering_uuid: on this offering's resources only.
            customer_uuid: on resources of this organisation's projects only.
            resource_uuid: on this resource only.
        """
        query = filters(
            component_usage__billing_period=month.isoformat(),
            **_narrowed(offering_uuid, customer_uuid, resource_uuid),
            field=fields_of(UserUsage),
        )
        call = Call.get("usages.of_users", USER_USAGES, query)
        return [
            row
            for row in self._rest.list(call, UserUsage)
            if row.billing_period in (None, month)
            and is_of(row.offering_uuid, offering_uuid)
            and is_of(row.customer_uuid, customer_uuid)
            and is_of(row.resource_uuid, resource_uuid)
        ]

    def set_totals(
        self, resource_uuid: UUID | str, amounts: Mapping[str, Decimal], at: datetime
    ) -> None:
        """Write a resource's totals; components that are not named stay as they are.

        Args:
            resource_uuid: whose.
            amounts: by component, in Waldur units, with two decimals.
            at: a moment of the month that is meant, with a time zone.
        """
        body = {
            "resource": hex_of(resource_uuid),
            "date": at.isoformat(),
            "usages": [
                {"type": component, "amount": str(amount), "recurring": False}
                for component, amount in amounts.items()
            ],
        }
        self._rest.tell(Call.post("usages.set_totals", f"{COMPONENT_USAGES}set_usage/", body))

    def set_users(
        self, component_usage_uuid: UUID, amounts: Sequence[UserAmount], at: datetime
    ) -> None:
        """Write many users' parts of a total: all or, when Waldur refuses one, none.

        Raises:
            NotFoundError: ``unrouted``, from a server that is too old for it.
        """
        body = {"usages": [self._described(amount, at) for amount in amounts]}
        path = f"{COMPONENT_USAGES}{component_usage_uuid.hex}/set_user_usages/"
        self._rest.tell(Call.post("usages.set_users", path, body))

    def set_user(self, component_usage_uuid: UUID, amount: UserAmount, at: datetime) -> None:
        """Write one user's part of a total."""
        path = f"{COMPONENT_USAGES}{component_usage_uuid.hex}/set_user_usage/"
        self._rest.tell(Call.post("usages.set_user", path, self._described(amount, at)))

    def _described(self, amount: UserAmount, at: datetime) -> dict[str, object]:
        described: dict[str, object] = {
            "username": amount.username,
            "usage": str(amount.amount),
            "date": at.isoformat(),
        }
        if amount.account is not None:
            described["user"] = self._rest.address(f"{OFFERING_USERS}{amount.account.hex}/")
        return described


def _narrowed(
    offering_uuid: UUID | str | None,
    customer_uuid: UUID | str | None,
    resource_uuid: UUID | str | None,
) -> dict[str, str | None]:
    return {
        "offering_uuid": hex_or_none(offering_uuid),
        "customer_uuid": hex_or_none(customer_uuid),
        "resource_uuid": hex_or_none(resource_uuid),
    }
