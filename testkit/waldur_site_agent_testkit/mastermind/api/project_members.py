"""`projects/{uuid}/list_users/`, `add_user/`, `delete_user/`: who holds which role in a project."""

from collections.abc import Mapping
from datetime import UTC, datetime

from waldur_site_agent_testkit.mastermind import membership, rights
from waldur_site_agent_testkit.mastermind.api import bodies, listing, reach, roles
from waldur_site_agent_testkit.mastermind.api.answers import (
    Forbidden,
    Invalid,
    empty,
    json_answer,
)
from waldur_site_agent_testkit.mastermind.api.bodies import Body, Key
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.projects import BASE
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.clock import iso
from waldur_site_agent_testkit.mastermind.shapes import Object
from waldur_site_agent_testkit.mastermind.state import Grant, Project, Role, User

FILTERS: Mapping[str, listing.Filter[Grant]] = {
    "user": listing.uuid(lambda grant: grant.user.uuid),
    "username": listing.contains(lambda grant: grant.user.username),
    "full_name": listing.contains(lambda grant: grant.user.full_name),
    "role": listing.exact(lambda grant: str(grant.role)),
}
UNKNOWN = "Object does not exist."


def list_users(request: Request) -> Answer:
    """Answer the roles in a project, a row each, so that a person may come several times."""
    project = reach.project(request)
    return listing.answer(
        request,
        rights.live_grants(request.store, project),
        lambda grant: _render(request, grant),
        filters=FILTERS,
    )


def _render(request: Request, grant: Grant) -> Object:
    user = grant.user
    return {
        "uuid": grant.uuid,
        "created": iso(grant.created),
        "expiration_time": iso(grant.expires),
        "role_name": str(grant.role),
        "role_uuid": roles.uuid_of(request, grant.role),
        "user_uuid": user.uuid,
        "user_username": user.username,
        "user_full_name": user.full_name,
        "user_email": user.email,
    }


def add_user(request: Request) -> Answer:
    """Give a person a role; the roles that the person has already stay."""
    project = _to_staff(request)
    body = bodies.read(
        request,
        user=Key(bodies.identifier, required=True),
        role=Key(bodies.identifier, required=True),
        expiration_time=Key(bodies.moment, null=True),
    )
    user, role = _user(request, body), _role(request, body)
    expires = _moment(request, body)
    if _held(request, project, user, role) is not None:
        raise Invalid({"non_field_errors": ["User already has a role in this scope."]})
    membership.grant(request.store, user, project, role, expires)
    return json_answer(201, {"expiration_time": iso(expires)})


def delete_user(request: Request) -> Answer:
    """Take a role away from a person."""
    project = _to_staff(request)
    body = bodies.read(
        request,
        user=Key(bodies.identifier, required=True),
        role=Key(bodies.identifier, required=True),
        expiration_time=Key(bodies.moment, null=True),
    )
    held = _held(request, project, _user(request, body), _role(request, body))
    if held is None:
        raise Invalid({"non_field_errors": ["User does not have this role in this scope."]})
    membership.revoke(request.store, held)
    return empty()


def _to_staff(request: Request) -> Project:
    project = reach.project(request)
    if not rights.may_staff(request.store, request.user, project):
        raise Forbidden
    return project


def _user(request: Request, body: Body) -> User:
    found = request.store.state.users.get(body.uuid("user"))
    if found is None:
        raise Invalid({"user": [UNKNOWN]})
    return found


def _role(request: Request, body: Body) -> Role:
    for role in membership.RANKS:
        if roles.uuid_of(request, role) == body.uuid("role"):
            return role
    known = {roles.uuid_of(request, name) for name in roles.names(request)}
    wrong = "Role is not valid for this scope." if body.uuid("role") in known else UNKNOWN
    raise Invalid({"role": [wrong]})


def _moment(request: Request, body: Body) -> datetime | None:
    text = body.maybe_text("expiration_time")
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment <= request.store.clock.now():
        raise Invalid({"expiration_time": ["Role expiration time should be in the future."]})
    return moment


def _held(request: Request, project: Project, user: User, role: Role) -> Grant | None:
    live = rights.live_grants(request.store, project)
    return next((g for g in live if g.user is user and g.role is role), None)


ROUTES = (
    Route("GET", f"{BASE}/{{uuid}}/list_users/", list_users),
    Route("POST", f"{BASE}/{{uuid}}/add_user/", add_user),
    Route("POST", f"{BASE}/{{uuid}}/delete_user/", delete_user),
)
