"""`marketplace-provider-offerings/`: what the agent asks about its offering."""

from collections.abc import Mapping

from waldur_site_agent_testkit.mastermind import catalogue
from waldur_site_agent_testkit.mastermind.api import accounts, bodies, listing, plans, reach
from waldur_site_agent_testkit.mastermind.api.answers import Invalid, empty, json_answer
from waldur_site_agent_testkit.mastermind.api.bodies import Key
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.catalogue import EXPOSED_FIELDS
from waldur_site_agent_testkit.mastermind.clock import iso
from waldur_site_agent_testkit.mastermind.shapes import Object
from waldur_site_agent_testkit.mastermind.state import (
    BillingType,
    Component,
    LimitPeriod,
    Offering,
    Partition,
    Project,
    ResourceState,
)

BASE = "marketplace-provider-offerings"
FIELDS = {"billing_type", "type", "name", "measured_unit", "unit_factor", "limit_period"}
"""What a component has as fields of its own."""
NUMBERS = (
    "limit_amount",
    "limit_decimal_places",
    "min_value",
    "max_value",
    "max_available_limit",
    "default_limit",
    "min_prepaid_duration",
    "max_prepaid_duration",
    "prepaid_duration_step",
    "min_renewal_duration",
    "max_renewal_duration",
    "renewal_duration_step",
)
FILTERS: Mapping[str, listing.Filter[Offering]] = {
    "customer_uuid": listing.uuid(lambda offering: offering.customer.uuid),
    "name": listing.contains(lambda offering: offering.name),
    "name_exact": listing.exact(lambda offering: offering.name),
}
ATTRIBUTES = (
    "username",
    "full_name",
    "email",
    "phone_number",
    "organization",
    "job_title",
    "affiliations",
    "gender",
    "personal_title",
    "place_of_birth",
    "country_of_residence",
    "nationality",
    "nationalities",
    "organization_country",
    "organization_type",
    "eduperson_assurance",
    "civil_number",
    "birth_date",
    "identity_source",
    "registration_method",
    "active_isds",
    "uid_number",
    "primary_gid",
)
"""The profile attributes that an offering may expose to its provider."""


def render(request: Request, offering: Offering) -> Object:
    """Return an offering as Mastermind answers it to its provider."""
    return {
        "url": request.url(BASE, offering.uuid),
        "uuid": offering.uuid,
        "name": offering.name,
        "slug": offering.slug,
        "type": offering.type,
        "state": "Active",
        "shared": True,
        "billable": True,
        "created": iso(offering.created),
        "customer": request.url("customers", offering.customer.uuid),
        "customer_uuid": offering.customer.uuid,
        "customer_name": offering.customer.name,
        "backend_id": offering.backend_id,
        "plugin_options": offering.plugin_options,
        "components": [_component(component) for component in offering.components],
        "partitions": [_partition(partition) for partition in offering.partitions],
        "plans": [plans.render(request, plan) for plan in offering.plans],
    }


def _component(component: Component) -> Object:
    return {
        "uuid": component.uuid,
        "billing_type": component.billing_type,
        "type": component.type,
        "name": component.name,
        "description": "",
        "measured_unit": component.measured_unit,
        "unit_factor": component.unit_factor,
        "limit_period": component.limit_period,
        "limit_amount": None,
        "article_code": "",
        "max_value": None,
        "min_value": None,
        "max_available_limit": None,
        "is_boolean": False,
        "default_limit": None,
        "factor": None,
        "is_builtin": False,
        "is_prepaid": False,
        **component.settings,
    }


def _partition(partition: Partition) -> Object:
    return {**partition.settings, "uuid": partition.uuid, "partition_name": partition.name}


def list_all(request: Request) -> Answer:
    """Answer the offerings that the user manages."""
    return listing.answer(
        request,
        reach.offerings(request),
        lambda offering: render(request, offering),
        filters=FILTERS,
    )


def retrieve(request: Request) -> Answer:
    """Answer one offering."""
    return json_answer(200, listing.select(request, render(request, reach.offering(request))))


COMPONENT_KEYS = {
    "billing_type": Key(bodies.choice(BillingType), required=True),
    "type": Key(bodies.filled, required=True),
    "name": Key(bodies.filled, required=True),
    "measured_unit": Key(bodies.text),
    "unit_factor": Key(bodies.whole),
    "limit_period": Key(bodies.choice(LimitPeriod), null=True),
    "description": Key(bodies.text),
    "article_code": Key(bodies.text),
    "is_boolean": Key(bodies.flag),
    "is_prepaid": Key(bodies.flag),
    "overage_component": Key(bodies.identifier, null=True),
    **dict.fromkeys(NUMBERS, Key(bodies.number, null=True)),
}


def create_offering_component(request: Request) -> Answer:
    """Add a component to an offering that has none of the type."""
    offering = reach.offering(request)
    body = bodies.read(request, **COMPONENT_KEYS)
    if any(one.type == body.text("type") for one in offering.components):
        raise Invalid({"type": ["The offering has a component of this type."]})
    made = catalogue.component(request.store, body.text("type"), catalogue.ComponentSpec())
    _replace(made, body)
    offering.components.append(made)
    return empty(201)


def update_offering_component(request: Request) -> Answer:
    """Replace a component; what is not sent gets its default."""
    offering = reach.offering(request)
    body = bodies.read(request, uuid=Key(bodies.identifier, required=True), **COMPONENT_KEYS)
    found = next((one for one in offering.components if one.uuid == body.uuid("uuid")), None)
    if found is None:
        raise Invalid({"uuid": ["The offering has no such component."]})
    _replace(found, body)
    request.store.touch(found)
    return empty(200)


def _replace(component: Component, body: bodies.Body) -> None:
    component.type = body.text("type")
    component.name = body.text("name")
    component.billing_type = body.text("billing_type")
    component.measured_unit = body.text("measured_unit")
    component.limit_period = body.maybe_text("limit_period")
    component.unit_factor = int(body.text("unit_factor", "1"))
    component.settings = body.rest(set(COMPONENT_KEYS) - FIELDS)


def check_unique_backend_id(request: Request) -> Answer:
    """Tell whether an id is free: no resource has it, and none, terminated or renamed, had it."""
    offering = reach.offering(request)
    body = bodies.read(
        request,
        backend_id=Key(bodies.filled, required=True),
        check_all_offerings=Key(bodies.flag),
        use_offering_rules=Key(bodies.flag),
    )
    siblings = request.store.state.offerings.values()
    asked = [
        other
        for other in siblings
        if other is offering
        or (body.flag("check_all_offerings") and other.customer is offering.customer)
    ]
    taken = any(body.text("backend_id") in other.used_backend_ids for other in asked)
    return json_answer(200, {"is_unique": not taken})


def user_attribute_config(request: Request) -> Answer:
    """Answer which attributes of its users the provider may see."""
    offering = reach.offering(request)
    flags: Object = {f"expose_{n}": n in offering.exposed_fields for n in ATTRIBUTES}
    return json_answer(
        200,
        {
            **flags,
            "uuid": offering.uuid,
            "created": iso(offering.created),
            "modified": iso(offering.modified),
            "offering_uuid": offering.uuid,
            "offering_name": offering.name,
            "exposed_fields": offering.exposed_fields,
            "is_default": sorted(offering.exposed_fields) == sorted(EXPOSED_FIELDS),
        },
    )


def list_project_service_accounts(request: Request) -> Answer:
    """Answer the service accounts of the projects that have resources of the offering."""
    return accounts.list_service_accounts(request, _projects(request))


def list_course_accounts(request: Request) -> Answer:
    """Answer the course accounts of the projects that have resources of the offering."""
    return accounts.list_course_accounts(request, _projects(request))


def _projects(request: Request) -> set[Project]:
    resources = request.store.state.resources_of(reach.offering(request))
    return {r.project for r in resources if r.state is not ResourceState.TERMINATED}


_DETAIL = f"{BASE}/{{uuid}}"
ROUTES = (
    Route("GET", f"{BASE}/", list_all),
    Route("GET", f"{_DETAIL}/", retrieve),
    Route("POST", f"{_DETAIL}/check_unique_backend_id/", check_unique_backend_id),
    Route("POST", f"{_DETAIL}/create_offering_component/", create_offering_component),
    Route("POST", f"{_DETAIL}/update_offering_component/", update_offering_component),
    Route("GET", f"{_DETAIL}/user-attribute-config/", user_attribute_config),
    Route("GET", f"{_DETAIL}/list_project_service_accounts/", list_project_service_accounts),
    Route("GET", f"{_DETAIL}/list_course_accounts/", list_course_accounts),
)
