"""`customers/`: organizations, and everybody in them."""

from collections.abc import Mapping

from waldur_site_agent_testkit.mastermind import rights
from waldur_site_agent_testkit.mastermind.api import listing
from waldur_site_agent_testkit.mastermind.api.answers import Forbidden, Missing
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.clock import iso
from waldur_site_agent_testkit.mastermind.shapes import Object
from waldur_site_agent_testkit.mastermind.state import Customer, Grant, User

BASE = "customers"
FILTERS: Mapping[str, listing.Filter[User]] = {
    "username": listing.contains(lambda user: user.username),
    "email": listing.contains(lambda user: user.email),
    "full_name": listing.contains(lambda user: user.full_name),
}


def users(request: Request) -> Answer:
    """Answer the people with a role in an organization or its projects, one row a person."""
    customer = _addressed(request)
    held: dict[User, list[Grant]] = {}
    for grant in rights.people_of(request.store, customer):
        held.setdefault(grant.user, []).append(grant)
    return listing.answer(
        request, held, lambda user: _render(request, customer, user, held[user]), filters=FILTERS
    )


def _addressed(request: Request) -> Customer:
    """Return the organization in the path, for its owners.

    Raises:
        Missing: The user has nothing to do with it.
        Forbidden: The user does not own it.
    """
    found = request.addressed(request.store.state.customers, "Customer")
    if rights.owns(request.store, request.user, found):
        return found
    known = any(g.user is request.user for g in rights.people_of(request.store, found))
    raise Forbidden if known else Missing("Customer")


def _render(request: Request, customer: Customer, user: User, held: list[Grant]) -> Object:
    own = next((grant for grant in held if grant.scope is customer), None)
    return {
        "url": request.url("users", user.uuid),
        "uuid": user.uuid,
        "username": user.username,
        "full_name": user.full_name,
        "email": user.email,
        "role_name": str(own.role) if own else None,
        "expiration_time": iso(own.expires) if own else None,
        "projects": [_role(request, g) for g in held if g.scope is not customer],
        "image": None,
    }


def _role(request: Request, grant: Grant) -> Object:
    return {
        "url": request.url("projects", grant.scope.uuid),
        "uuid": grant.scope.uuid,
        "name": grant.scope.name,
        "role_name": str(grant.role),
        "expiration_time": iso(grant.expires),
    }


ROUTES = (Route("GET", f"{BASE}/{{uuid}}/users/", users),)
