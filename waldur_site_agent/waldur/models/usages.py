"""What was used: by resource, component and month, in all and by single users."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from waldur_site_agent.waldur.models.addresses import uuid_in


class ComponentUsage(Struct, frozen=True, kw_only=True, gc=False):
    """How much of a component a resource used in a month.

    Attributes:
        type: the component, by its key in limits.
        usage: Waldur units, two decimals.
        billing_period: the first day of the month.
    """

    uuid: UUID
    type: str = ""
    usage: Decimal = Decimal(0)
    resource_uuid: UUID | None = None
    offering_uuid: UUID | None = None
    customer_uuid: UUID | None = None
    billing_period: date | None = None


class UserUsage(Struct, frozen=True, kw_only=True, gc=False):
    """How much of it a single user used.

    Attributes:
        username: the user's name at the site.
        component_usage: the address of what it is a part of.
        billing_period: the first day of the month; older servers do not tell it.
        usage: Waldur units, two decimals.
    """

    uuid: UUID
    username: str = ""
    component_usage: str = ""
    usage: Decimal = Decimal(0)
    resource_uuid: UUID | None = None
    offering_uuid: UUID | None = None
    customer_uuid: UUID | None = None
    billing_period: date | None = None

    @property
    def component_usage_uuid(self) -> UUID | None:
        """What it is a part of; None where the address does not end in a UUID."""
        return uuid_in(self.component_usage)
