"""`component-user-usage-limits/`: how much single users may use."""

from collections.abc import Mapping

from waldur_site_agent_testkit.mastermind.api import listing, offering_users, reach
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.shapes import Object
from waldur_site_agent_testkit.mastermind.state import UsageLimit

BASE = "component-user-usage-limits"
FILTERS: Mapping[str, listing.Filter[UsageLimit]] = {
    "resource_uuid": listing.uuid(lambda limit: limit.resource.uuid),
    "offering_uuid": listing.uuid(lambda limit: limit.resource.offering.uuid),
    "component_type": listing.exact(lambda limit: limit.component.type),
    "username": listing.exact(lambda limit: limit.account.username),
}


def render(request: Request, limit: UsageLimit) -> Object:
    """Return a limit; amounts are text, as all decimals."""
    return {
        "url": request.url(BASE, limit.uuid),
        "uuid": limit.uuid,
        "resource": request.url("marketplace-resources", limit.resource.uuid),
        "component": limit.component.uuid,
        "component_type": limit.component.type,
        "user": request.url(offering_users.BASE, limit.account.uuid),
        "limit": f"{limit.limit:.2f}",
    }


def list_all(request: Request) -> Answer:
    """Answer the limits on the resources of the offerings that the user manages."""
    return listing.answer(
        request,
        reach.usage_limits(request),
        lambda limit: render(request, limit),
        filters=FILTERS,
        selects_fields=False,
    )


ROUTES = (Route("GET", f"{BASE}/", list_all),)
