"""`backend-resource-requests/` and `backend-resources/`: what could be imported."""

from collections.abc import Collection, Mapping

from waldur_site_agent_testkit.mastermind.api import bodies, listing, reach
from waldur_site_agent_testkit.mastermind.api.answers import (
    Conflict,
    Invalid,
    Missing,
    empty,
    json_answer,
)
from waldur_site_agent_testkit.mastermind.api.bodies import Key
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.shapes import Object
from waldur_site_agent_testkit.mastermind.state import (
    BackendResource,
    ImportRequest,
    ImportRequestState,
)

REQUESTS = "backend-resource-requests"
RESOURCES = "backend-resources"
FILTERS: Mapping[str, listing.Filter[BackendResource]] = {
    "offering_uuid": listing.uuid(lambda row: row.offering.uuid),
    "project_uuid": listing.uuid(lambda row: row.project.uuid),
    "backend_id": listing.exact(lambda row: row.backend_id),
}


def retrieve(request: Request) -> Answer:
    """Answer a request."""
    return json_answer(200, _request(_addressed(request)))


def start_processing(request: Request) -> Answer:
    """Learn that a request is worked on."""
    bodies.read(request)
    _moved(request, ImportRequestState.PROCESSING, {ImportRequestState.SENT})
    return empty()


def set_done(request: Request) -> Answer:
    """Learn that all was told."""
    bodies.read(request)
    _moved(request, ImportRequestState.DONE, {ImportRequestState.PROCESSING})
    return empty()


def set_erred(request: Request) -> Answer:
    """Learn why it could not be told."""
    body = bodies.read(request, error_message=Key(bodies.text), error_traceback=Key(bodies.text))
    asked = _moved(request, ImportRequestState.ERRED, set(ImportRequestState))
    asked.error_message = body.text("error_message")
    asked.error_traceback = body.text("error_traceback")
    return empty()


def _addressed(request: Request) -> ImportRequest:
    asked = request.addressed(request.store.state.import_requests, "BackendResourceRequest")
    if not reach.manages(request, asked.offering):
        raise Missing("BackendResourceRequest")
    return asked


def _moved(
    request: Request, state: ImportRequestState, origins: Collection[ImportRequestState]
) -> ImportRequest:
    asked = _addressed(request)
    if asked.state not in origins:
        valid = ", ".join(sorted(origins))
        raise Conflict(f"Valid states for operation: {valid}.")
    asked.state = state
    request.store.touch(asked)
    return asked


def _request(asked: ImportRequest) -> Object:
    return {
        "uuid": asked.uuid,
        "state": str(asked.state),
        "offering": asked.offering.uuid,
        "offering_name": asked.offering.name,
        "error_message": asked.error_message,
        "error_traceback": asked.error_traceback,
    }


def list_all(request: Request) -> Answer:
    """Answer what was told of the offerings that the user manages."""
    every = request.store.state.backend_resources.values()
    mine = [row for row in every if reach.manages(request, row.offering)]
    return listing.answer(request, mine, _resource, filters=FILTERS)


def create(request: Request) -> Answer:
    """Note what a backend has."""
    body = bodies.read(
        request,
        name=Key(bodies.filled, required=True),
        project=Key(bodies.identifier, required=True),
        offering=Key(bodies.identifier, required=True),
        backend_id=Key(bodies.text),
        backend_metadata=Key(bodies.mapping),
    )
    state = request.store.state
    offering = state.offerings.get(body.uuid("offering"))
    project = state.projects.get(body.uuid("project"))
    if offering is None or project is None or not reach.manages(request, offering):
        raise Invalid({"offering": ["Object does not exist."]})
    row = BackendResource(
        **request.store.birth(),
        offering=offering,
        project=project,
        name=body.text("name"),
        backend_id=body.text("backend_id"),
        backend_metadata=body.object("backend_metadata"),
    )
    request.store.keep(state.backend_resources, row)
    return json_answer(201, _resource(row))


def _resource(row: BackendResource) -> Object:
    return {
        "uuid": row.uuid,
        "name": row.name,
        "project": row.project.uuid,
        "offering": row.offering.uuid,
        "backend_id": row.backend_id,
        "backend_metadata": row.backend_metadata,
    }


ROUTES = (
    Route("GET", f"{REQUESTS}/{{uuid}}/", retrieve),
    Route("POST", f"{REQUESTS}/{{uuid}}/start_processing/", start_processing),
    Route("POST", f"{REQUESTS}/{{uuid}}/set_done/", set_done),
    Route("POST", f"{REQUESTS}/{{uuid}}/set_erred/", set_erred),
    Route("GET", f"{RESOURCES}/", list_all),
    Route("POST", f"{RESOURCES}/", create),
)
