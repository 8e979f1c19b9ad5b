"""`users/`: people, as far as the user may see them."""

from collections.abc import Mapping

from waldur_site_agent_testkit.mastermind.api import listing, reach
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.shapes import JSON, Object
from waldur_site_agent_testkit.mastermind.state import User

BASE = "users"
FILTERS: Mapping[str, listing.Filter[User]] = {
    "username": listing.contains(lambda user: user.username),
    "email": listing.contains(lambda user: user.email),
    "full_name": listing.contains(lambda user: user.full_name),
    "is_active": listing.flag(lambda user: user.is_active),
}
"""Parts are enough: who looks for one person must look at the whole name again."""


def list_all(request: Request) -> Answer:
    """Answer the people whom the user sees."""
    return listing.answer(
        request, reach.users(request), lambda user: _render(request, user), filters=FILTERS
    )


def _render(request: Request, user: User) -> Object:
    return {
        "url": request.url(BASE, user.uuid),
        "uuid": user.uuid,
        "username": user.username,
        "slug": user.slug,
        "full_name": user.full_name,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "is_staff": user.is_staff,
        "is_support": user.is_support,
        "is_active": user.is_active,
        "active_isds": list[JSON](user.active_isds),
    }


ROUTES = (Route("GET", f"{BASE}/", list_all),)
