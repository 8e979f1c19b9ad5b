"""`version/` and `users/me/`: who is there, and who am I."""

from waldur_site_agent_testkit.mastermind.api import roles
from waldur_site_agent_testkit.mastermind.api.answers import json_answer
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.clock import iso
from waldur_site_agent_testkit.mastermind.rights import live_grants
from waldur_site_agent_testkit.mastermind.shapes import Object
from waldur_site_agent_testkit.mastermind.state import Customer, Grant, Offering, Project

SCOPE_TYPES = {Customer: "customer", Project: "project", Offering: "offering"}


def version(request: Request) -> Answer:
    """Answer the server's version."""
    return json_answer(200, {"version": request.version})


def me(request: Request) -> Answer:
    """Answer the token's user; as with the real one, the API token is among the fields."""
    user = request.user
    scopes = {id(g.scope): g.scope for g in request.store.state.grants.values() if g.user is user}
    grants = [g for s in scopes.values() for g in live_grants(request.store, s) if g.user is user]
    return json_answer(
        200,
        {
            "url": request.url("users", user.uuid),
            "uuid": user.uuid,
            "username": user.username,
            "slug": user.slug,
            "full_name": user.full_name,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "email": user.email,
            "is_staff": user.is_staff,
            "is_active": user.is_active,
            "is_support": user.is_support,
            "token": user.token,
            "token_lifetime": None,
            "permissions": [_permission(request, grant) for grant in grants],
        },
    )


def _permission(request: Request, grant: Grant) -> Object:
    return {
        "user_uuid": grant.user.uuid,
        "user_name": grant.user.full_name,
        "user_slug": grant.user.slug,
        "created": iso(grant.created),
        "expiration_time": iso(grant.expires),
        "role_name": str(grant.role),
        "role_uuid": roles.uuid_of(request, grant.role),
        "scope_type": SCOPE_TYPES[type(grant.scope)],
        "scope_uuid": grant.scope.uuid,
        "scope_name": grant.scope.name,
    }


ROUTES = (Route("GET", "version/", version), Route("GET", "users/me/", me))
