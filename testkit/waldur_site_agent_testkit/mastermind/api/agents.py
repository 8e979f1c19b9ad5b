"""`marketplace-site-agent-*`: how agents make themselves known."""

from collections.abc import Mapping
from datetime import datetime

from waldur_site_agent_testkit.mastermind.api import bodies, listing, reach
from waldur_site_agent_testkit.mastermind.api.answers import Invalid, Missing, json_answer
from waldur_site_agent_testkit.mastermind.api.bodies import Body, Key
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.clock import iso
from waldur_site_agent_testkit.mastermind.shapes import Object
from waldur_site_agent_testkit.mastermind.state import (
    AgentIdentity,
    AgentProcessor,
    AgentService,
    AgentServiceState,
    Offering,
)

IDENTITIES = "marketplace-site-agent-identities"
SERVICES = "marketplace-site-agent-services"
PROCESSORS = "marketplace-site-agent-processors"
FILTERS: Mapping[str, listing.Filter[AgentIdentity]] = {
    "name": listing.exact(lambda identity: identity.name),
    "version": listing.exact(lambda identity: identity.version or ""),
    "offering_uuid": listing.uuid(lambda identity: identity.offering.uuid),
}


def _identity(request: Request, identity: AgentIdentity) -> Object:
    return {
        "uuid": identity.uuid,
        "url": request.url(IDENTITIES, identity.uuid),
        "offering": identity.offering.uuid,
        "created_by": identity.created_by.uuid,
        "name": identity.name,
        "version": identity.version,
        "dependencies": identity.dependencies,
        "config_file_path": identity.config_file_path,
        "config_file_content": identity.config_file_content,
        "last_restarted": iso(identity.last_restarted),
        "created": iso(identity.created),
        "modified": iso(identity.modified),
        "services": [_service(request, service) for service in identity.services],
    }


def _service(request: Request, service: AgentService) -> Object:
    return {
        "uuid": service.uuid,
        "url": request.url(SERVICES, service.uuid),
        "name": service.name,
        "mode": service.mode,
        "state": str(service.state),
        "statistics": {},
        "created": iso(service.created),
        "modified": iso(service.modified),
    }


def _full_service(request: Request, service: AgentService) -> Object:
    return {
        **_service(request, service),
        "identity": service.identity.uuid,
        "identity_name": service.identity.name,
        "processors": [_processor(request, processor) for processor in service.processors],
    }


def _processor(request: Request, processor: AgentProcessor) -> Object:
    return {
        "uuid": processor.uuid,
        "url": request.url(PROCESSORS, processor.uuid),
        "name": processor.name,
        "last_run": iso(processor.last_run),
        "backend_type": processor.backend_type,
        "backend_version": processor.backend_version,
        "created": iso(processor.created),
        "modified": iso(processor.modified),
    }


def list_all(request: Request) -> Answer:
    """Answer the agents at the offerings that the user manages, and the user's own."""
    every = request.store.state.identities.values()
    return listing.answer(
        request,
        [identity for identity in every if _is_seen(request, identity)],
        lambda identity: _identity(request, identity),
        filters=FILTERS,
        selects_fields=False,
    )


def _is_seen(request: Request, identity: AgentIdentity) -> bool:
    return identity.created_by is request.user or reach.manages(request, identity.offering)


def retrieve(request: Request) -> Answer:
    """Answer one agent."""
    return json_answer(200, _identity(request, addressed(request)))


def create(request: Request) -> Answer:
    """Register an agent; its name is unique at its offering."""
    body, offering = _read(request)
    if _taken(request, body, offering, besides=None):
        raise Invalid({"non_field_errors": ["The fields offering, name must make a unique set."]})
    identity = AgentIdentity(
        **request.store.birth(),
        name=body.text("name"),
        offering=offering,
        created_by=request.user,
    )
    request.store.keep(request.store.state.identities, identity)
    _fill(request, identity, body)
    return json_answer(201, _identity(request, identity))


def update(request: Request) -> Answer:
    """Replace what an agent says about itself."""
    identity = addressed(request)
    body, offering = _read(request)
    if _taken(request, body, offering, besides=identity):
        raise Invalid({"non_field_errors": ["The fields offering, name must make a unique set."]})
    identity.name, identity.offering = body.text("name"), offering
    _fill(request, identity, body)
    return json_answer(200, _identity(request, identity))


def addressed(request: Request) -> AgentIdentity:
    """Return the agent whose uuid is in the path, if the user may know it."""
    identity = request.addressed(request.store.state.identities, "AgentIdentity")
    if not _is_seen(request, identity):
        raise Missing("AgentIdentity")
    return identity


def _read(request: Request) -> tuple[Body, Offering]:
    body = bodies.read(
        request,
        offering=Key(bodies.identifier, required=True),
        name=Key(bodies.filled, required=True),
        version=Key(bodies.text, null=True),
        dependencies=Key(bodies.listing),
        config_file_path=Key(bodies.text, null=True),
        config_file_content=Key(bodies.text, null=True),
        last_restarted=Key(bodies.moment),
    )
    offering = request.store.state.offerings.get(body.uuid("offering"))
    if offering is None or not reach.watches(request, offering):
        raise Invalid({"offering": ["Object does not exist."]})
    return body, offering


def _taken(
    request: Request, body: Body, offering: Offering, *, besides: AgentIdentity | None
) -> bool:
    others = (i for i in request.store.state.identities.values() if i is not besides)
    return any(i.offering is offering and i.name == body.text("name") for i in others)


def _fill(request: Request, identity: AgentIdentity, body: Body) -> None:
    identity.version = body.maybe_text("version")
    identity.dependencies = body.objects("dependencies")
    identity.config_file_path = body.maybe_text("config_file_path")
    identity.config_file_content = body.maybe_text("config_file_content")
    if "last_restarted" in body:
        identity.last_restarted = datetime.fromisoformat(body.text("last_restarted"))
    request.store.touch(identity)


def register_service(request: Request) -> Answer:
    """Register a mode of an agent (201), or wake up the one that is known (200)."""
    identity = addressed(request)
    body = bodies.read(
        request, name=Key(bodies.filled, required=True), mode=Key(bodies.text, null=True)
    )
    name = body.text("name")
    service = next((s for s in identity.services if s.name == name), None)
    status = 200
    if service is None:
        service = AgentService(
            **request.store.birth(), identity=identity, name=name, mode=body.maybe_text("mode")
        )
        identity.services.append(request.store.keep(request.store.state.services, service))
        status = 201
    service.mode = body.maybe_text("mode")
    service.state = AgentServiceState.ACTIVE
    request.store.touch(service)
    return json_answer(status, _full_service(request, service))


def register_processor(request: Request) -> Answer:
    """Note that a processor of a service runs now: 201 the first time, 200 afterwards."""
    service = request.addressed(request.store.state.services, "AgentService")
    if not _is_seen(request, service.identity):
        raise Missing("AgentService")
    body = bodies.read(
        request,
        name=Key(bodies.filled, required=True),
        backend_type=Key(bodies.filled, required=True),
        backend_version=Key(bodies.text, null=True),
    )
    processor = next((p for p in service.processors if p.name == body.text("name")), None)
    status = 200 if processor else 201
    if processor is None:
        processor = AgentProcessor(
            **request.store.birth(),
            name=body.text("name"),
            backend_type="",
            backend_version=None,
            last_run=request.store.clock.now(),
        )
        service.processors.append(processor)
    processor.backend_type = body.text("backend_type")
    processor.backend_version = body.maybe_text("backend_version")
    processor.last_run = request.store.clock.now()
    request.store.touch(processor)
    told = {"service": service.uuid, "service_name": service.name}
    return json_answer(status, {**_processor(request, processor), **told})


ROUTES = (
    Route("GET", f"{IDENTITIES}/", list_all),
    Route("POST", f"{IDENTITIES}/", create),
    Route("GET", f"{IDENTITIES}/{{uuid}}/", retrieve),
    Route("PUT", f"{IDENTITIES}/{{uuid}}/", update),
    Route("POST", f"{IDENTITIES}/{{uuid}}/register_service/", register_service),
    Route("POST", f"{SERVICES}/{{uuid}}/register_processor/", register_processor),
)
