"""`science-sub-domains/`: what projects can be about."""

from waldur_site_agent_testkit.mastermind.api import listing
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.clock import iso
from waldur_site_agent_testkit.mastermind.shapes import Object
from waldur_site_agent_testkit.mastermind.state import ScienceSubDomain

BASE = "science-sub-domains"


def list_all(request: Request) -> Answer:
    """Answer all sub-domains; there is no filter by code."""
    return listing.answer(
        request,
        request.store.state.science_sub_domains.values(),
        lambda domain: _render(request, domain),
        filters={"name": listing.contains(lambda domain: domain.name)},
        selects_fields=False,
    )


def _render(request: Request, domain: ScienceSubDomain) -> Object:
    return {
        "url": request.url(BASE, domain.uuid),
        "uuid": domain.uuid,
        "name": domain.name,
        "code": domain.code,
        "created": iso(domain.created),
        "modified": iso(domain.modified),
    }


ROUTES = (Route("GET", f"{BASE}/", list_all),)
