"""`projects/`: what organizations have their resources and people in."""

from collections.abc import Mapping
from datetime import date

from waldur_site_agent_testkit.mastermind import ending, rights
from waldur_site_agent_testkit.mastermind.api import bodies, customers, listing, reach
from waldur_site_agent_testkit.mastermind.api.answers import Forbidden, Invalid, json_answer
from waldur_site_agent_testkit.mastermind.api.bodies import Body, Key
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.clock import iso, iso_day
from waldur_site_agent_testkit.mastermind.shapes import Object
from waldur_site_agent_testkit.mastermind.state import Customer, Project, ScienceSubDomain

BASE = "projects"
FILTERS: Mapping[str, listing.Filter[Project]] = {
    "customer": listing.uuid(lambda project: project.customer.uuid),
    "name": listing.contains(lambda project: project.name),
    "name_exact": listing.exact(lambda project: project.name),
    "slug": listing.exact(lambda project: project.slug),
    "backend_id": listing.exact(lambda project: project.backend_id),
    "query": listing.contains(
        lambda project: project.name,
        lambda project: project.uuid,
        lambda project: project.slug,
        lambda project: project.backend_id,
    ),
    "created": listing.since(lambda project: project.created),
    "modified": listing.since(lambda project: project.modified),
}
KEYS = {
    "name": Key(bodies.filled),
    "description": Key(bodies.text),
    "backend_id": Key(bodies.text),
    "start_date": Key(bodies.day, null=True),
    "end_date": Key(bodies.day, null=True),
    "oecd_fos_2007_code": Key(bodies.text, null=True),
    "is_industry": Key(bodies.flag),
    "science_sub_domain": Key(bodies.identifier, null=True),
}
PAST = "Cannot be earlier than the current date."


def render(request: Request, project: Project) -> Object:
    """Return a project as Mastermind answers it."""
    customer, domain = project.customer, project.science_sub_domain
    wished = project.end_date_requested_by
    return {
        "url": request.url(BASE, project.uuid),
        "uuid": project.uuid,
        "name": project.name,
        "slug": project.slug,
        "description": project.description,
        "customer": request.url("customers", customer.uuid),
        "customer_uuid": customer.uuid,
        "customer_name": customer.name,
        "customer_slug": customer.slug,
        "created": iso(project.created),
        "kind": "default",
        "backend_id": project.backend_id,
        "start_date": iso_day(project.start_date),
        "end_date": iso_day(project.end_date),
        "end_date_requested_by": request.url("users", wished.uuid) if wished else None,
        "end_date_updated_at": iso(project.end_date_updated_at),
        "oecd_fos_2007_code": project.oecd_fos_2007_code or None,
        "is_industry": project.is_industry,
        "science_sub_domain": domain.uuid if domain else None,
        "science_sub_domain_name": domain.name if domain else None,
        "science_sub_domain_code": domain.code if domain else None,
        "resources_count": len(request.store.state.resources_in[project.uuid]),
        "is_removed": False,
    }


def list_all(request: Request) -> Answer:
    """Answer the projects that the user sees."""
    return listing.answer(
        request,
        reach.projects(request),
        lambda project: render(request, project),
        filters=FILTERS,
    )


def retrieve(request: Request) -> Answer:
    """Answer one project."""
    return json_answer(200, listing.select(request, render(request, reach.project(request))))


def create(request: Request) -> Answer:
    """Make a project of an organization that the user owns; any `backend_id` is taken again."""
    required = {
        "name": Key(bodies.filled, required=True),
        "customer": Key(bodies.filled, required=True),
    }
    body = bodies.read(request, **{**KEYS, **required})
    customer = _customer(request, body.text("customer"))
    _check(request, body)
    store = request.store
    name = body.text("name")
    slug = store.identifiers.slug("project", name)
    made = Project(**store.birth(), name=name, slug=slug, customer=customer)
    _fill(request, store.keep(store.state.projects, made), body)
    return json_answer(201, render(request, made))


def _customer(request: Request, url: str) -> Customer:
    found = request.store.state.customers.get(reach.linked_uuid(url, customers.BASE))
    if found is None:
        raise Invalid({"customer": ["Invalid hyperlink - Object does not exist."]})
    if not rights.owns(request.store, request.user, found):
        raise Forbidden
    return found


def patch(request: Request) -> Answer:
    """Change what is sent of a project, as one who may manage it."""
    project = reach.project(request)
    if not rights.may_staff(request.store, request.user, project):
        raise Forbidden
    body = bodies.read(request, **KEYS)
    _check(request, body)
    _fill(request, project, body)
    return json_answer(200, render(request, project))


def _check(request: Request, body: Body) -> None:
    """Refuse what the checks of single keys cannot see.

    Raises:
        Invalid: The project would have ended already, or is about a science that is not known.
    """
    day = _day(body, "end_date")
    if day is not None and day < request.store.clock.today():
        raise Invalid({"end_date": [PAST]})
    if body.maybe_text("science_sub_domain") and _domain(request, body) is None:
        raise Invalid({"science_sub_domain": ["Object does not exist."]})


def _fill(request: Request, project: Project, body: Body) -> None:
    """Take over what was sent, as far as it was."""
    project.name = body.text("name", project.name)
    project.description = body.text("description", project.description)
    project.backend_id = body.text("backend_id", project.backend_id)
    if "start_date" in body:
        project.start_date = _day(body, "start_date")
    if "oecd_fos_2007_code" in body:
        project.oecd_fos_2007_code = body.text("oecd_fos_2007_code")
    if "is_industry" in body:
        project.is_industry = body.flag("is_industry")
    if "science_sub_domain" in body:
        project.science_sub_domain = _domain(request, body)
    if "end_date" in body:
        day = _day(body, "end_date")
        ending.end_project(request.store, project, day, requested_by=request.user)
    request.store.touch(project)


def _day(body: Body, name: str) -> date | None:
    text = body.maybe_text(name)
    return date.fromisoformat(text) if text else None


def _domain(request: Request, body: Body) -> ScienceSubDomain | None:
    return request.store.state.science_sub_domains.get(body.uuid("science_sub_domain"))


ROUTES = (
    Route("GET", f"{BASE}/", list_all),
    Route("POST", f"{BASE}/", create),
    Route("GET", f"{BASE}/{{uuid}}/", retrieve),
    Route("PATCH", f"{BASE}/{{uuid}}/", patch),
)
