"""Limits of single persons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import Call, Query, filters, hex_of
from waldur_site_agent.waldur.models.usage_limits import UsageLimit
from waldur_site_agent.waldur.sifting import is_of

if TYPE_CHECKING:
    import builtins
    from uuid import UUID

    from waldur_site_agent.waldur.rest import Rest

USAGE_LIMITS = "component-user-usage-limits/"


class UsageLimits:
    """How much single persons may use. Raises ``WaldurError`` when Waldur did not tell.

    A token for one offering may not be allowed to read them.
    """

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def list(self, offering_uuid: UUID | str) -> builtins.list[UsageLimit]:
        """List the limits on all of an offering's resources.

        A server that does not know the filter tells those of other offerings, too: go by
        ``resource_uuid``.
        """
        query = filters(offering_uuid=hex_of(offering_uuid))
        return self._list("usage_limits.list", query)

    def list_of_resource(self, resource_uuid: UUID | str) -> builtins.list[UsageLimit]:
        """List the limits on a resource."""
        query = filters(resource_uuid=hex_of(resource_uuid))
        limits = self._list("usage_limits.list_of_resource", query)
        return [limit for limit in limits if is_of(limit.resource_uuid, resource_uuid)]

    def _list(self, operation: str, query: Query) -> builtins.list[UsageLimit]:
        return self._rest.list(Call.get(operation, USAGE_LIMITS, query), UsageLimit)
