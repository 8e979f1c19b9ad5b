"""`marketplace-resources/`: what the consumer orders for a resource that exists."""

from waldur_site_agent_testkit.mastermind import ordering
from waldur_site_agent_testkit.mastermind.api import bodies, listing, reach, resources
from waldur_site_agent_testkit.mastermind.api.answers import (
    Conflict,
    Invalid,
    Missing,
    json_answer,
)
from waldur_site_agent_testkit.mastermind.api.bodies import Key
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.shapes import Limits, Object
from waldur_site_agent_testkit.mastermind.state import OrderType, Resource
from waldur_site_agent_testkit.mastermind.transitions import WrongStateError

BASE = "marketplace-resources"


def _addressed(request: Request) -> Resource:
    found = request.addressed(request.store.state.resources, "Resource")
    if not reach.consumes(request, found):
        raise Missing("Resource")
    return found


def list_all(request: Request) -> Answer:
    """Answer the resources that the user sees as a consumer."""
    every = request.store.state.resources.values()
    return listing.answer(
        request,
        [resource for resource in every if reach.consumes(request, resource)],
        lambda resource: _render(request, resource),
        filters=resources.FILTERS,
    )


def retrieve(request: Request) -> Answer:
    """Answer one resource."""
    row = _render(request, _addressed(request))
    return json_answer(200, listing.select(request, row))


def team(request: Request) -> Answer:
    """Answer the project's members, as to the provider."""
    return resources.team_of(request, _addressed(request))


def set_end_date(request: Request) -> Answer:
    """Say when the resource ends, as one who may order."""
    resource = _addressed(request)
    reach.may_order(request, resource.project)
    return resources.end(request, resource)


def _render(request: Request, resource: Resource) -> Object:
    return {**resources.render(request, resource), "url": request.url(BASE, resource.uuid)}


def _order(request: Request, kind: OrderType, limits: Limits | None = None) -> Answer:
    resource = _addressed(request)
    reach.may_order(request, resource.project)
    try:
        order = ordering.order_change(request.store, resource, kind, limits=limits)
    except WrongStateError as error:
        raise Conflict(str(error)) from error
    except ordering.UnfinishedOrderError as error:
        raise Invalid({"non_field_errors": [str(error)]}) from error
    ordering.move(request.store, order, "approve_by_consumer")
    return json_answer(200, {"order_uuid": order.uuid})


def update_limits(request: Request) -> Answer:
    """Order other limits."""
    body = bodies.read(
        request,
        limits=Key(bodies.amounts, required=True),
        request_comment=Key(bodies.text, null=True),
    )
    bodies.note_components(request, _addressed(request).offering, body.limits("limits"))
    return _order(request, OrderType.UPDATE, body.limits("limits"))


def terminate(request: Request) -> Answer:
    """Order the end of a resource."""
    bodies.read(request, attributes=Key(bodies.mapping))
    return _order(request, OrderType.TERMINATE)


def restore(request: Request) -> Answer:
    """Order a terminated resource back, with the limits it had."""
    bodies.read(request, offering=Key(bodies.text), name=Key(bodies.text))
    return _order(request, OrderType.RESTORE, _addressed(request).limits)


ROUTES = (
    Route("GET", f"{BASE}/", list_all),
    Route("GET", f"{BASE}/{{uuid}}/", retrieve),
    Route("GET", f"{BASE}/{{uuid}}/team/", team),
    Route("POST", f"{BASE}/{{uuid}}/set_end_date/", set_end_date),
    Route("POST", f"{BASE}/{{uuid}}/update_limits/", update_limits),
    Route("POST", f"{BASE}/{{uuid}}/terminate/", terminate),
    Route("POST", f"{BASE}/{{uuid}}/restore/", restore),
)
