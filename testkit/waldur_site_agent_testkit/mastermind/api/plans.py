"""`marketplace-plans/`: price lists, of which the agent reads the quotas."""

from waldur_site_agent_testkit.mastermind.api import listing
from waldur_site_agent_testkit.mastermind.api.answers import json_answer
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.shapes import Object
from waldur_site_agent_testkit.mastermind.state import Plan

BASE = "marketplace-plans"


def render(request: Request, plan: Plan) -> Object:
    """Return a plan as Mastermind answers it; money is a string."""
    return {
        "url": request.url(BASE, plan.uuid),
        "uuid": plan.uuid,
        "name": plan.name,
        "quotas": plan.quotas,
        "prices": dict.fromkeys(plan.quotas, 0.0),
        "unit": plan.unit,
        "unit_price": "0.0000000000",
        "max_amount": None,
        "archived": plan.archived,
        "is_active": not plan.archived,
        "plan_type": None,
        "components": [],
    }


def list_all(request: Request) -> Answer:
    """Answer all plans."""
    return listing.answer(
        request,
        request.store.state.plans.values(),
        lambda plan: render(request, plan),
        filters={"offering_uuid": listing.uuid(lambda plan: plan.offering.uuid)},
        selects_fields=False,
    )


def retrieve(request: Request) -> Answer:
    """Answer one plan."""
    return json_answer(200, render(request, request.addressed(request.store.state.plans, "Plan")))


ROUTES = (Route("GET", f"{BASE}/", list_all), Route("GET", f"{BASE}/{{uuid}}/", retrieve))
