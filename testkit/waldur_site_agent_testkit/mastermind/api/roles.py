"""`roles/`: what people can be given, each with a uuid of this server's own."""

from collections.abc import Mapping

from waldur_site_agent_testkit.mastermind.api import listing
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.shapes import Object
from waldur_site_agent_testkit.mastermind.state import Role

BASE = "roles"
FILTERS: Mapping[str, listing.Filter[str]] = {"name": listing.contains(str)}
"""A part of a name is enough: who looks for a role must look at its name again."""


def names(request: Request) -> list[str]:
    """Return the names of all roles, those that were made for this server first."""
    return [*request.store.state.custom_roles, *(str(role) for role in Role)]


def uuid_of(request: Request, name: str) -> str:
    """Return a role's uuid."""
    return request.store.identifiers.uuid_of(f"role {name}")


def list_all(request: Request) -> Answer:
    """Answer all roles."""
    return listing.answer(
        request, names(request), lambda name: _render(request, name), filters=FILTERS
    )


def _render(request: Request, name: str) -> Object:
    return {
        "uuid": uuid_of(request, name),
        "name": name,
        "description": "",
        "permissions": [],
        "is_system_role": name in set(Role),
        "is_active": True,
        "users_count": 0,
        "content_type": name.partition(".")[0].lower(),
    }


ROUTES = (Route("GET", f"{BASE}/", list_all),)
