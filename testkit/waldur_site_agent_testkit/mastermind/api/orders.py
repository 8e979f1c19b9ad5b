"""`marketplace-orders/`: what both sides do with orders."""

from collections.abc import Mapping
from datetime import date

from waldur_site_agent_testkit.mastermind import ordering
from waldur_site_agent_testkit.mastermind.api import bodies, listing, reach
from waldur_site_agent_testkit.mastermind.api.answers import Conflict, Invalid, empty, json_answer
from waldur_site_agent_testkit.mastermind.api.bodies import Key
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Handler, Route
from waldur_site_agent_testkit.mastermind.clock import iso, iso_day
from waldur_site_agent_testkit.mastermind.shapes import Object
from waldur_site_agent_testkit.mastermind.state import Offering, Order, OrderState, OrderType, Plan
from waldur_site_agent_testkit.mastermind.transitions import WrongStateError

BASE = "marketplace-orders"
NO_COST = "0.0000000000"
FILTERS: Mapping[str, listing.Filter[Order]] = {
    "offering_uuid": listing.uuid(lambda order: order.resource.offering.uuid),
    "project_uuid": listing.uuid(lambda order: order.resource.project.uuid),
    "customer_uuid": listing.uuid(lambda order: order.resource.project.customer.uuid),
    "resource_uuid": listing.uuid(lambda order: order.resource.uuid),
    "resource_name": listing.exact(lambda order: order.resource.name),
    "state": listing.one_of(OrderState, lambda order: order.state),
    "type": listing.one_of(OrderType, lambda order: order.type),
    "created": listing.since(lambda order: order.created),
    "created_before": listing.until(lambda order: order.created),
    "modified": listing.since(lambda order: order.modified),
    "modified_before": listing.until(lambda order: order.modified),
}


def render(request: Request, order: Order) -> Object:
    """Return an order as Mastermind answers it."""
    resource = order.resource
    offering, project = resource.offering, resource.project
    return {
        "url": request.url(BASE, order.uuid),
        "uuid": order.uuid,
        "type": str(order.type),
        "state": str(order.state),
        "offering": request.url("marketplace-public-offerings", offering.uuid),
        "offering_uuid": offering.uuid,
        "offering_name": offering.name,
        "offering_type": offering.type,
        "offering_plugin_options": offering.plugin_options,
        "provider_uuid": offering.customer.uuid,
        "provider_name": offering.customer.name,
        "plan_uuid": order.plan.uuid if order.plan else None,
        "plan_name": order.plan.name if order.plan else None,
        "attributes": order.attributes,
        "limits": order.limits,
        "marketplace_resource_uuid": resource.uuid,
        "resource_uuid": None,
        "resource_name": resource.name,
        "project_uuid": project.uuid,
        "project_name": project.name,
        "project_slug": project.slug,
        "customer_uuid": project.customer.uuid,
        "customer_name": project.customer.name,
        "customer_slug": project.customer.slug,
        "created": iso(order.created),
        "modified": iso(order.modified),
        "start_date": iso_day(order.start_date),
        "backend_id": order.backend_id,
        "error_message": order.error_message,
        "error_traceback": order.error_traceback,
        "provider_rejection_comment": order.provider_rejection_comment,
        "request_comment": order.request_comment,
        "output": "",
        "callback_url": None,
        "termination_comment": None,
        "cost": NO_COST,
    }


def list_all(request: Request) -> Answer:
    """Answer the orders that the user sees."""
    return listing.answer(
        request, reach.orders(request), lambda order: render(request, order), filters=FILTERS
    )


def retrieve(request: Request) -> Answer:
    """Answer one order."""
    return json_answer(200, listing.select(request, render(request, reach.order(request))))


def create(request: Request) -> Answer:
    """Order a new resource. Who may order may approve, so it waits for the provider at once."""
    body = bodies.read(
        request,
        offering=Key(bodies.filled, required=True),
        project=Key(bodies.filled, required=True),
        plan=Key(bodies.filled),
        attributes=Key(bodies.mapping),
        limits=Key(bodies.amounts),
        accepting_terms_of_service=Key(bodies.flag),
        callback_url=Key(bodies.text, null=True),
        request_comment=Key(bodies.text, null=True),
        start_date=Key(bodies.day, null=True),
        slug=Key(bodies.text),
    )
    state = request.store.state
    project = state.projects.get(reach.linked_uuid(body.text("project"), "projects"))
    offering = _offering(request, body.text("offering"))
    if project is None:
        raise Invalid({"project": ["Invalid hyperlink - Object does not exist."]})
    reach.may_order(request, project)
    if not body.object("attributes").get("name"):
        raise Invalid({"attributes": ["This field is required."]})
    bodies.note_components(request, offering, body.limits("limits"))
    start = body.maybe_text("start_date")
    order = ordering.order_new(
        request.store,
        project=project,
        offering=offering,
        plan=_plan(request, offering, body),
        attributes=body.object("attributes"),
        limits=body.limits("limits"),
        start_date=date.fromisoformat(start) if start else None,
    )
    order.request_comment = body.maybe_text("request_comment")
    ordering.move(request.store, order, "approve_by_consumer")
    return json_answer(201, render(request, order))


def _offering(request: Request, url: str) -> Offering:
    for collection in ("marketplace-public-offerings", "marketplace-provider-offerings"):
        found = request.store.state.offerings.get(reach.linked_uuid(url, collection))
        if found is not None:
            return found
    raise Invalid({"offering": ["Invalid hyperlink - Object does not exist."]})


def _plan(request: Request, offering: Offering, body: bodies.Body) -> Plan | None:
    if "plan" not in body:
        return None
    for collection in ("marketplace-public-plans", "marketplace-plans"):
        found = request.store.state.plans.get(reach.linked_uuid(body.text("plan"), collection))
        if found is not None and found.offering is offering:
            return _available(found)
    raise Invalid({"plan": ["Invalid hyperlink - Object does not exist."]})


def _available(plan: Plan) -> Plan:
    if plan.archived:
        raise Invalid({"plan": ["Plan is not available because limit has been reached."]})
    return plan


def _move(request: Request, order: Order, operation: str) -> None:
    try:
        ordering.move(request.store, order, operation)
    except WrongStateError as error:
        raise Conflict(str(error)) from error


def approve_by_provider(request: Request) -> Answer:
    """Accept an order for the provider."""
    order = reach.order_as_provider(request)
    bodies.read(request, attributes=Key(bodies.mapping))
    _move(request, order, "approve_by_provider")
    return json_answer(200, {"detail": "Order has been approved."})


def reject_by_provider(request: Request) -> Answer:
    """Refuse an order for the provider."""
    order = reach.order_as_provider(request)
    body = bodies.read(request, provider_rejection_comment=Key(bodies.text))
    _move(request, order, "reject_by_provider")
    order.provider_rejection_comment = body.text("provider_rejection_comment")
    return json_answer(200, {"detail": "Order has been rejected."})


def _by_consumer(operation: str, told: str) -> Handler:
    def act(request: Request) -> Answer:
        order = reach.order(request)
        reach.may_order(request, order.resource.project)
        bodies.read(request)
        _move(request, order, operation)
        return json_answer(200, {"detail": told})

    return act


def _by_provider(operation: str) -> Handler:
    def act(request: Request) -> Answer:
        order = reach.order_as_provider(request)
        bodies.read(request)
        _move(request, order, operation)
        return empty()

    return act


def set_state_erred(request: Request) -> Answer:
    """Declare an order failed, and its resource with it."""
    order = reach.order_as_provider(request)
    body = bodies.read(
        request,
        error_message=Key(bodies.text),
        error_traceback=Key(bodies.text),
        consumer_rejection_comment=Key(bodies.text),
    )
    order.error_message = body.text("error_message")
    order.error_traceback = body.text("error_traceback")
    _move(request, order, "set_state_erred")
    return empty()


def set_backend_id(request: Request) -> Answer:
    """Note the order's own id at the backend, in any state."""
    order = reach.order_as_provider(request)
    body = bodies.read(request, backend_id=Key(bodies.text, required=True))
    order.backend_id = body.text("backend_id")
    request.store.touch(order)
    return json_answer(200, {"status": "Order backend_id has been changed."})


ROUTES = (
    Route("GET", f"{BASE}/", list_all),
    Route("POST", f"{BASE}/", create),
    Route("GET", f"{BASE}/{{uuid}}/", retrieve),
    Route("POST", f"{BASE}/{{uuid}}/approve_by_provider/", approve_by_provider),
    Route("POST", f"{BASE}/{{uuid}}/reject_by_provider/", reject_by_provider),
    Route(
        "POST",
        f"{BASE}/{{uuid}}/approve_by_consumer/",
        _by_consumer("approve_by_consumer", "Order has been approved."),
    ),
    Route(
        "POST",
        f"{BASE}/{{uuid}}/reject_by_consumer/",
        _by_consumer("reject_by_consumer", "Order has been rejected."),
    ),
    Route("POST", f"{BASE}/{{uuid}}/cancel/", _by_consumer("cancel", "Order has been canceled.")),
    Route("POST", f"{BASE}/{{uuid}}/set_state_executing/", _by_provider("set_state_executing")),
    Route("POST", f"{BASE}/{{uuid}}/set_state_done/", _by_provider("set_state_done")),
    Route("POST", f"{BASE}/{{uuid}}/set_state_erred/", set_state_erred),
    Route("POST", f"{BASE}/{{uuid}}/set_backend_id/", set_backend_id),
)
