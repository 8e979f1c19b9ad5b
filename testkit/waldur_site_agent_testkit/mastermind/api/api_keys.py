"""`marketplace-resource-api-keys/`: keys that the agent mints and Waldur passes on."""

from collections.abc import Mapping

from waldur_site_agent_testkit.mastermind.api import bodies, listing, reach
from waldur_site_agent_testkit.mastermind.api.answers import Invalid, Missing, json_answer
from waldur_site_agent_testkit.mastermind.api.bodies import Key
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.clock import iso
from waldur_site_agent_testkit.mastermind.shapes import Object
from waldur_site_agent_testkit.mastermind.state import ApiKey, ApiKeyState

BASE = "marketplace-resource-api-keys"
MASKED = "********"
"""What listings show of a secret."""
FILTERS: Mapping[str, listing.Filter[ApiKey]] = {
    "resource_uuid": listing.uuid(lambda key: key.resource.uuid),
    "offering_uuid": listing.uuid(lambda key: key.resource.offering.uuid),
    "state": listing.one_of(ApiKeyState, lambda key: key.state),
    "modified_before": listing.until(lambda key: key.modified),
}


def _render(key: ApiKey) -> Object:
    return {
        "uuid": key.uuid,
        "resource_uuid": key.resource.uuid,
        "resource_backend_id": key.resource.backend_id,
        "client_id": key.client_id,
        "api_key": MASKED,
        "state": str(key.state),
        "error_message": key.error_message,
        "modified": iso(key.modified),
    }


def list_all(request: Request) -> Answer:
    """Answer the keys of the offerings that the user manages, without the secrets."""
    every = request.store.state.api_keys.values()
    return listing.answer(
        request,
        [key for key in every if reach.manages(request, key.resource.offering)],
        _render,
        filters=FILTERS,
        selects_fields=False,
    )


def report_created(request: Request) -> Answer:
    """Note a key that exists at the backend; a known client gets the new secret."""
    body = bodies.read(
        request,
        resource=Key(bodies.identifier, required=True),
        client_id=Key(bodies.filled, required=True),
        api_key=Key(bodies.filled, required=True),
    )
    state = request.store.state
    resource = state.resources.get(body.uuid("resource"))
    if resource is None or not reach.manages(request, resource.offering):
        raise Invalid({"resource": ["Object does not exist."]})
    client = body.text("client_id")
    known = (k for k in state.api_keys.values() if k.resource is resource)
    key = next((k for k in known if k.client_id == client), None)
    if key is None:
        key = ApiKey(**request.store.birth(), resource=resource, client_id=client, api_key="")
        request.store.keep(state.api_keys, key)
    key.api_key = body.text("api_key")
    request.store.touch(key)
    return json_answer(201, _render(key))


def _addressed(request: Request) -> ApiKey:
    key = request.addressed(request.store.state.api_keys, "ResourceApiKey")
    if not reach.manages(request, key.resource.offering):
        raise Missing("ResourceApiKey")
    return key


def set_key(request: Request) -> Answer:
    """Take a key's new secret."""
    body = bodies.read(
        request, api_key=Key(bodies.filled, required=True), client_id=Key(bodies.text)
    )
    key = _addressed(request)
    key.api_key, key.state, key.error_message = body.text("api_key"), ApiKeyState.OK, ""
    key.client_id = body.text("client_id") or key.client_id
    request.store.touch(key)
    return json_answer(200, _render(key))


def set_erred(request: Request) -> Answer:
    """Learn that a key has no new secret."""
    body = bodies.read(request, error_message=Key(bodies.text, required=True))
    key = _addressed(request)
    key.state, key.error_message = ApiKeyState.ERRED, body.text("error_message")
    request.store.touch(key)
    return json_answer(200, _render(key))


ROUTES = (
    Route("POST", f"{BASE}/{{uuid}}/set_key/", set_key),
    Route("POST", f"{BASE}/{{uuid}}/set_erred/", set_erred),
    Route("GET", f"{BASE}/", list_all),
    Route("POST", f"{BASE}/report_created/", report_created),
)
