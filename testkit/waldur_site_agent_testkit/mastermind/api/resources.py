"""`marketplace-provider-resources/`: the provider's side of resources."""

from collections.abc import Mapping
from datetime import date

from waldur_site_agent_testkit.mastermind import ending, membership, ordering, transitions
from waldur_site_agent_testkit.mastermind.api import bodies, listing, reach
from waldur_site_agent_testkit.mastermind.api.answers import Conflict, Invalid, empty, json_answer
from waldur_site_agent_testkit.mastermind.api.bodies import Key
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.clock import iso, iso_day
from waldur_site_agent_testkit.mastermind.shapes import Object
from waldur_site_agent_testkit.mastermind.state import (
    Grant,
    GrantScope,
    MembershipSyncState,
    MemberStatus,
    Resource,
    ResourceState,
)

BASE = "marketplace-provider-resources"
FILTERS: Mapping[str, listing.Filter[Resource]] = {
    "offering_uuid": listing.uuid(lambda resource: resource.offering.uuid),
    "project_uuid": listing.uuid(lambda resource: resource.project.uuid),
    "customer_uuid": listing.uuid(lambda resource: resource.project.customer.uuid),
    "plan_uuid": listing.uuid(lambda resource: resource.plan.uuid if resource.plan else ""),
    "state": listing.one_of(ResourceState, lambda resource: resource.state),
    "backend_id": listing.exact(lambda resource: resource.backend_id),
    "slug": listing.exact(lambda resource: resource.slug),
    "name": listing.contains(lambda resource: resource.name),
    "name_exact": listing.exact(lambda resource: resource.name),
    "query": listing.contains(
        lambda resource: resource.name,
        lambda resource: resource.uuid,
        lambda resource: resource.backend_id,
        lambda resource: resource.slug,
    ),
    "paused": listing.flag(lambda resource: resource.paused),
    "downscaled": listing.flag(lambda resource: resource.downscaled),
    "restrict_member_access": listing.flag(lambda resource: resource.restrict_member_access),
    "created": listing.since(lambda resource: resource.created),
    "created_before": listing.until(lambda resource: resource.created),
    "modified": listing.since(lambda resource: resource.modified),
    "modified_before": listing.until(lambda resource: resource.modified),
}


def render(request: Request, resource: Resource) -> Object:
    """Return a resource as Mastermind answers it to the provider."""
    return {
        "url": request.url(BASE, resource.uuid),
        "uuid": resource.uuid,
        "name": resource.name,
        "slug": resource.slug,
        "state": str(resource.state),
        "created": iso(resource.created),
        "modified": iso(resource.modified),
        "backend_id": resource.backend_id,
        "effective_id": resource.effective_id,
        "backend_metadata": resource.backend_metadata,
        "plan_uuid": resource.plan.uuid if resource.plan else None,
        "plan_name": resource.plan.name if resource.plan else None,
        "limits": resource.limits,
        "current_usages": {},
        "limit_usage": {component.type: None for component in resource.offering.components},
        "attributes": resource.attributes,
        "downscaled": resource.downscaled,
        "paused": resource.paused,
        "restrict_member_access": resource.restrict_member_access,
        "end_date": iso_day(resource.end_date),
        "end_date_updated_at": iso(resource.end_date_updated_at),
        "end_date_requested_by": _wished_by(request, resource),
        "last_sync": iso(resource.last_sync),
        "username": None,
        "endpoints": resource.endpoints,
        "options": None,
        "report": None,
        "error_message": resource.error_message,
        "error_traceback": resource.error_traceback,
        **_surroundings(resource),
    }


def _wished_by(request: Request, resource: Resource) -> str | None:
    user = resource.end_date_requested_by
    return request.url("users", user.uuid) if user else None


def _surroundings(resource: Resource) -> Object:
    offering, project = resource.offering, resource.project
    return {
        "offering_uuid": offering.uuid,
        "offering_name": offering.name,
        "offering_type": offering.type,
        "offering_backend_id": offering.backend_id,
        "offering_plugin_options": offering.plugin_options,
        "provider_uuid": offering.customer.uuid,
        "project_uuid": project.uuid,
        "project_name": project.name,
        "project_slug": project.slug,
        "project_description": project.description,
        "project_end_date": iso_day(project.end_date),
        "customer_uuid": project.customer.uuid,
        "customer_name": project.customer.name,
        "customer_slug": project.customer.slug,
    }


def list_all(request: Request) -> Answer:
    """Answer the resources of the offerings that the user manages."""
    return listing.answer(
        request,
        reach.resources(request),
        lambda resource: render(request, resource),
        filters=FILTERS,
    )


def retrieve(request: Request) -> Answer:
    """Answer one resource."""
    return json_answer(200, listing.select(request, render(request, reach.resource(request))))


def team(request: Request) -> Answer:
    """Answer the project's members, one row a person, with their accounts at the offering."""
    return team_of(request, reach.resource(request))


def team_of(request: Request, resource: Resource) -> Answer:
    """Answer a resource's team, whichever side asks."""
    members = membership.team(request.store, resource.project)
    consented = request.query.get("has_consent", [""])[-1].lower()
    if consented in ("true", "false"):
        store, offering = request.store, resource.offering
        wanted = consented == "true"
        members = [m for m in members if membership.has_consent(store, m.user, offering) is wanted]
    return listing.rows_only(request, members, lambda m: _member(request, resource, m))


def _member(request: Request, resource: Resource, grant: Grant) -> Object:
    user = grant.user
    account = membership.offering_user(request.store, user, resource.offering)
    return {
        "url": request.url("users", user.uuid),
        "uuid": user.uuid,
        "username": user.username,
        "full_name": user.full_name,
        "email": user.email,
        "role": grant.role.removeprefix("PROJECT.").lower(),
        "expiration_time": iso(grant.expires),
        "offering_user_username": account.username if account else None,
        "offering_user_state": str(account.state) if account else None,
    }


def set_backend_id(request: Request) -> Answer:
    """Give the resource its id at the backend."""
    resource = reach.resource(request)
    body = bodies.read(request, backend_id=Key(bodies.text))
    if "backend_id" in body:
        ordering.set_backend_id(request.store, resource, body.text("backend_id"))
    return json_answer(200, {"status": "Resource backend_id has been changed."})


def set_effective_id(request: Request) -> Answer:
    """Give the resource its id on the far side of a federation."""
    resource = reach.resource(request)
    body = bodies.read(request, effective_id=Key(bodies.text))
    resource.effective_id = body.text("effective_id", resource.effective_id)
    request.store.touch(resource)
    return json_answer(200, {"status": "Resource effective_id has been changed."})


def set_end_date(request: Request) -> Answer:
    """Say for the provider when the resource ends."""
    return end(request, reach.resource(request))


def end(request: Request, resource: Resource) -> Answer:
    """Set the end date of a resource, whichever side wishes it; null takes it away."""
    text = bodies.read(request, end_date=Key(bodies.day, null=True)).maybe_text("end_date")
    day = date.fromisoformat(text) if text else None
    if day is not None and day < request.store.clock.today():
        raise Invalid({"end_date": ["The end date can not be earlier than the current date."]})
    ending.end_resource(request.store, resource, day, requested_by=request.user)
    return empty()


def set_limits(request: Request) -> Answer:
    """Write the limits that the backend has."""
    resource = reach.resource(request)
    limits = bodies.read(request, limits=Key(bodies.amounts, required=True)).limits("limits")
    bodies.note_components(request, resource.offering, limits)
    resource.limits = limits
    request.store.touch(resource)
    return json_answer(200, {"status": "limits are updated"})


def set_backend_metadata(request: Request) -> Answer:
    """Replace what the backend tells about the resource."""
    resource = reach.resource(request)
    body = bodies.read(request, backend_metadata=Key(bodies.mapping, required=True))
    resource.backend_metadata = body.object("backend_metadata")
    request.store.touch(resource)
    return json_answer(200, {"status": "The backend metadata is updated"})


def set_endpoints(request: Request) -> Answer:
    """Replace the addresses under which the resource is used."""
    resource = reach.resource(request)
    endpoints = bodies.read(request, endpoints=Key(bodies.listing, required=True))
    rows = endpoints.objects("endpoints")
    filled = Key(bodies.filled, required=True)
    for row in rows:
        bodies.checked(row, {"name": filled, "url": filled})
    resource.endpoints = rows
    request.store.touch(resource)
    return json_answer(200, {"status": "The endpoints are updated"})


def _move(request: Request, resource: Resource, operation: str) -> None:
    try:
        resource.state = transitions.RESOURCE[operation].after(resource.state)
    except transitions.WrongStateError as error:
        raise Conflict(str(error)) from error
    request.store.touch(resource)


def set_as_ok(request: Request) -> Answer:
    """Declare an erred resource healthy."""
    resource = reach.resource(request)
    bodies.read(request)
    _move(request, resource, "set_as_ok")
    resource.error_message = resource.error_traceback = ""
    membership.open_accounts_on(request.store, resource)
    return empty()


def set_as_erred(request: Request) -> Answer:
    """Declare a resource broken."""
    resource = reach.resource(request)
    body = bodies.read(request, error_message=Key(bodies.text), error_traceback=Key(bodies.text))
    _move(request, resource, "set_as_erred")
    resource.error_message = body.text("error_message")
    resource.error_traceback = body.text("error_traceback")
    return empty()


def refresh_last_sync(request: Request) -> Answer:
    """Note that the agent looked at the resource; nothing else changes."""
    resource = reach.resource(request)
    bodies.read(request)
    resource.last_sync = request.store.clock.now()
    return json_answer(200, {"status": "ok"})


def set_membership_sync_statuses(request: Request) -> Answer:
    """Note what the agent says about each member; who is not on the team is skipped."""
    resource = reach.resource(request)
    if resource.offering.plugin_options.get("enable_membership_sync_status") is not True:
        raise Conflict("Membership sync status is not enabled for this offering.")
    rows = bodies.read(request, statuses=Key(bodies.listing, required=True)).objects("statuses")
    entries = [_status(request, row) for row in rows]
    members = membership.team(request.store, resource.project)
    known = {m.user.uuid for m in members} | {m.user.username for m in members}
    stored = [e for e in entries if e.user_uuid in known or e.username in known]
    resource.member_statuses = stored
    skipped = [e.username or e.user_uuid for e in entries if e not in stored]
    return json_answer(200, {"stored": len(stored), "skipped": skipped})


def _status(request: Request, row: Object) -> MemberStatus:
    keys = {
        "scope_type": Key(bodies.choice(GrantScope), required=True),
        "role_name": Key(bodies.filled, required=True),
        "state": Key(bodies.choice(MembershipSyncState), required=True),
        "username": Key(bodies.text),
        "user_uuid": Key(bodies.identifier),
        "resource_project_uuid": Key(bodies.identifier),
        "message": Key(bodies.text),
    }
    for name in row.keys() - keys.keys():
        request.note("unknown key", name)
    entry = bodies.Body(bodies.checked(row, keys))
    return MemberStatus(
        scope_type=entry.text("scope_type"),
        role_name=entry.text("role_name"),
        state=entry.text("state"),
        username=entry.text("username"),
        user_uuid=entry.uuid("user_uuid"),
        resource_project_uuid=entry.uuid("resource_project_uuid"),
        message=entry.text("message"),
    )


_ACTIONS = {
    "set_backend_id": set_backend_id,
    "set_effective_id": set_effective_id,
    "set_end_date": set_end_date,
    "set_limits": set_limits,
    "set_backend_metadata": set_backend_metadata,
    "set_endpoints": set_endpoints,
    "set_as_ok": set_as_ok,
    "set_as_erred": set_as_erred,
    "refresh_last_sync": refresh_last_sync,
    "set_membership_sync_statuses": set_membership_sync_statuses,
}
ROUTES = (
    Route("GET", f"{BASE}/", list_all),
    Route("GET", f"{BASE}/{{uuid}}/", retrieve),
    Route("GET", f"{BASE}/{{uuid}}/team/", team),
    *(Route("POST", f"{BASE}/{{uuid}}/{name}/", act) for name, act in _ACTIONS.items()),
)
