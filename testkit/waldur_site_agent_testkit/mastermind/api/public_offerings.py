"""`marketplace-public-offerings/`: what everybody sees who may order."""

from waldur_site_agent_testkit.mastermind.api import listing, offerings, plans
from waldur_site_agent_testkit.mastermind.api.answers import json_answer
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.state import Offering

BASE = "marketplace-public-offerings"


def _addressed(request: Request) -> Offering:
    return request.addressed(request.store.state.offerings, "Offering")


def retrieve(request: Request) -> Answer:
    """Answer an offering, without what is the provider's alone."""
    offering = _addressed(request)
    row = {**offerings.render(request, offering), "url": request.url(BASE, offering.uuid)}
    del row["backend_id"]
    return json_answer(200, listing.select(request, row))


def list_plans(request: Request) -> Answer:
    """Answer an offering's plans, archived ones too, without pages."""
    every = _addressed(request).plans
    return json_answer(200, [plans.render(request, plan) for plan in every])


ROUTES = (
    Route("GET", f"{BASE}/{{uuid}}/", retrieve),
    Route("GET", f"{BASE}/{{uuid}}/plans/", list_plans),
)
