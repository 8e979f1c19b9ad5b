"""`marketplace-component-usages/` and `marketplace-component-user-usages/`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from waldur_site_agent_testkit.mastermind import using
from waldur_site_agent_testkit.mastermind.api import bodies, listing, offering_users, reach
from waldur_site_agent_testkit.mastermind.api.answers import Invalid, Missing, empty
from waldur_site_agent_testkit.mastermind.api.bodies import Key
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.clock import iso, iso_day
from waldur_site_agent_testkit.mastermind.shapes import JSON, Object
from waldur_site_agent_testkit.mastermind.state import (
    Component,
    ComponentUsage,
    OfferingUser,
    Resource,
    ResourceState,
    UserUsage,
)

BASE = "marketplace-component-usages"
USER_BASE = "marketplace-component-user-usages"
STATES = (ResourceState.OK, ResourceState.UPDATING, ResourceState.TERMINATING)
BILLED = ("usage", "limit")
DECIMALS = 2
CLOSED = "Only staff may use backfilling past billing periods."


FILTERS: Mapping[str, listing.Filter[ComponentUsage]] = {
    "offering_uuid": listing.uuid(lambda usage: usage.resource.offering.uuid),
    "resource_uuid": listing.uuid(lambda usage: usage.resource.uuid),
    "project_uuid": listing.uuid(lambda usage: usage.resource.project.uuid),
    "customer_uuid": listing.uuid(lambda usage: usage.resource.project.customer.uuid),
    "type": listing.exact(lambda usage: usage.component.type),
    "billing_period": listing.day(lambda usage: usage.period),
}
USER_FILTERS: Mapping[str, listing.Filter[UserUsage]] = {
    "offering_uuid": listing.uuid(lambda usage: usage.component_usage.resource.offering.uuid),
    "resource_uuid": listing.uuid(lambda usage: usage.component_usage.resource.uuid),
    "project_uuid": listing.uuid(lambda usage: usage.component_usage.resource.project.uuid),
    "customer_uuid": listing.uuid(
        lambda usage: usage.component_usage.resource.project.customer.uuid
    ),
    "username": listing.exact(lambda usage: usage.username),
    "component_usage__billing_period": listing.day(lambda usage: usage.component_usage.period),
}


def render(_request: Request, usage: ComponentUsage) -> Object:
    """Return a usage as Mastermind answers it."""
    resource, component = usage.resource, usage.component
    return {
        "uuid": usage.uuid,
        "created": iso(usage.created),
        "description": "",
        "type": component.type,
        "name": component.name,
        "measured_unit": component.measured_unit,
        "usage": f"{usage.usage:.2f}",
        "date": iso(usage.date),
        "recurring": False,
        **_surroundings(resource),
        "billing_period": iso_day(usage.period),
        "modified_by": 1,
    }


def render_user(request: Request, usage: UserUsage) -> Object:
    """Return a user's part as Mastermind answers it."""
    whole = usage.component_usage
    account = usage.account
    return {
        "uuid": usage.uuid,
        "user": request.url(offering_users.BASE, account.uuid) if account else None,
        "username": usage.username,
        "component_usage": request.url(BASE, whole.uuid),
        "usage": f"{usage.usage:.2f}",
        "measured_unit": whole.component.measured_unit,
        "description": "",
        "created": iso(usage.created),
        "modified": iso(usage.modified),
        "backend_id": "",
        **_surroundings(whole.resource),
        "component_type": whole.component.type,
        "date": iso(whole.date),
    }


def _surroundings(resource: Resource) -> Object:
    return {
        "resource_name": resource.name,
        "resource_uuid": resource.uuid,
        "offering_name": resource.offering.name,
        "offering_uuid": resource.offering.uuid,
        "project_name": resource.project.name,
        "project_uuid": resource.project.uuid,
        "customer_name": resource.project.customer.name,
        "customer_uuid": resource.project.customer.uuid,
    }


def list_all(request: Request) -> Answer:
    """Answer the usages of the resources that the user sees."""
    return listing.answer(
        request,
        reach.component_usages(request),
        lambda usage: render(request, usage),
        filters=FILTERS,
    )


def list_of_users(request: Request) -> Answer:
    """Answer the users' parts of them."""
    return listing.answer(
        request,
        reach.user_usages(request),
        lambda usage: render_user(request, usage),
        filters=USER_FILTERS,
    )


def amount(value: JSON) -> str | None:
    """Accept a decimal number of no more than two places, not below zero."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return "A valid number is required."
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int):
        return "A valid number is required."
    if -exponent > DECIMALS:
        return f"Ensure that there are no more than {DECIMALS} decimal places."
    return "Ensure this value is greater than or equal to 0." if number < 0 else None


ITEM = {
    "type": Key(bodies.filled, required=True),
    "amount": Key(amount, required=True),
    "recurring": Key(bodies.flag),
    "description": Key(bodies.text),
}
USER_ITEM = {
    "username": Key(bodies.filled, required=True),
    "usage": Key(amount, required=True),
    "user": Key(bodies.text),
    "date": Key(bodies.moment),
}


def set_usage(request: Request) -> Answer:
    """Write what a resource used in the month of the date, in UTC; today, where none is sent."""
    body = bodies.read(
        request,
        usages=Key(bodies.listing, required=True),
        resource=Key(bodies.identifier, required=True),
        date=Key(bodies.moment),
    )
    resource = _resource(request, body.uuid("resource"))
    if resource.state not in STATES:
        raise Invalid({"resource": [f"Resource is not in a valid state: {resource.state}."]})
    at = _moment(request, body.maybe_text("date"))
    items = [_item(request, item, ITEM) for item in body.objects("usages")]
    used = [(_component(resource, item), Decimal(item.text("amount"))) for item in items]
    for component, usage in used:
        using.use(request.store, resource, component, at, usage)
    return empty(201)


def _resource(request: Request, uuid: str) -> Resource:
    resource = request.store.state.resources.get(uuid)
    if resource is None or not reach.manages(request, resource.offering):
        raise Invalid({"resource": ["Object does not exist."]})
    return resource


def _moment(request: Request, text: str | None) -> datetime:
    """Return the moment that is meant, if usage of its month is taken.

    Raises:
        Invalid: It is in the future, or of a month that is over and closed for this user.
    """
    store = request.store
    now = store.clock.now()
    if text is None or store.state.files_under_now:
        return now
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment > now:
        raise Invalid({"date": ["The date is in the future."]})
    past = using.period_of(moment) < using.period_of(now)
    if past and store.state.past_is_closed and not request.user.is_staff:
        raise Invalid({"date": [CLOSED]})
    return moment


def _component(resource: Resource, item: bodies.Body) -> Component:
    kind = item.text("type")
    found = next((one for one in resource.offering.components if one.type == kind), None)
    if found is None or found.billing_type not in BILLED:
        raise Invalid({"usages": [f"Component {kind} is not found or not billed by usage."]})
    return found


def _item(request: Request, item: Object, keys: Mapping[str, Key]) -> bodies.Body:
    for name in item.keys() - keys.keys():
        request.note("unknown key", name)
    return bodies.Body(bodies.checked(item, keys))


def set_user_usages(request: Request) -> Answer:
    """Write many users' parts of a usage: all, or none when one of them is not right."""
    whole = _whole(request)
    body = bodies.read(request, usages=Key(bodies.listing, required=True))
    items = [_item(request, item, USER_ITEM) for item in body.objects("usages")]
    accounts = [_account(request, whole, item) for item in items]
    for item, account in zip(items, accounts, strict=True):
        _use_by_user(request, whole, item, account)
    return empty(201)


def set_user_usage(request: Request) -> Answer:
    """Write one user's part of a usage."""
    whole = _whole(request)
    item = bodies.read(request, **USER_ITEM)
    _use_by_user(request, whole, item, _account(request, whole, item))
    return empty(201)


def _use_by_user(
    request: Request, whole: ComponentUsage, item: bodies.Body, account: OfferingUser | None
) -> None:
    usage = Decimal(item.text("usage"))
    using.use_by_user(request.store, whole, item.text("username"), usage, account)


def _whole(request: Request) -> ComponentUsage:
    found = request.addressed(request.store.state.component_usages, "ComponentUsage")
    if not reach.manages(request, found.resource.offering):
        raise Missing("ComponentUsage")
    return found


def _account(request: Request, whole: ComponentUsage, item: bodies.Body) -> OfferingUser | None:
    url = item.maybe_text("user")
    if url is None:
        return None
    uuid = reach.linked_uuid(url, offering_users.BASE)
    account = request.store.state.offering_users.get(uuid)
    if account is None or account.offering is not whole.resource.offering:
        raise Invalid({"user": ["Invalid hyperlink - Object does not exist."]})
    return account


ROUTES = (
    Route("GET", f"{BASE}/", list_all),
    Route("GET", f"{USER_BASE}/", list_of_users),
    Route("POST", f"{BASE}/set_usage/", set_usage),
    Route("POST", f"{BASE}/{{uuid}}/set_user_usages/", set_user_usages),
    Route("POST", f"{BASE}/{{uuid}}/set_user_usage/", set_user_usage),
)
