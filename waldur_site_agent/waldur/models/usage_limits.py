"""Limits of single persons on a resource."""

from uuid import UUID

from msgspec import Struct

from waldur_site_agent.waldur.models.addresses import uuid_in


class UsageLimit(Struct, frozen=True, kw_only=True):
    """How much one person may use of one component of a resource.

    Attributes:
        resource: the resource's address.
        user: the address of the person's account at the offering.
        username: the account's name at the site; most servers do not tell it.
        component_type: the component, by its key in limits.
        limit: the amount in Waldur units.
    """

    resource: str
    user: str = ""
    username: str = ""
    component_type: str
    limit: float

    @property
    def resource_uuid(self) -> UUID | None:
        """The resource; None where its address does not end in a UUID."""
        return uuid_in(self.resource)

    @property
    def user_uuid(self) -> UUID | None:
        """The account at the offering; None where its address does not end in a UUID."""
        return uuid_in(self.user)
