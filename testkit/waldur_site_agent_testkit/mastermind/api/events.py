"""Where an agent's events will wait: one queue an agent, or one an object type as before."""

from enum import StrEnum

from waldur_site_agent_testkit.mastermind import announcing
from waldur_site_agent_testkit.mastermind.api import agents, bodies
from waldur_site_agent_testkit.mastermind.api.answers import Invalid, Missing, json_answer
from waldur_site_agent_testkit.mastermind.api.bodies import Key
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.clock import iso
from waldur_site_agent_testkit.mastermind.shapes import JSON
from waldur_site_agent_testkit.mastermind.state import EventConsumer, EventSubscription

SUBSCRIPTIONS = "event-subscriptions"


class ObjectType(StrEnum):
    """What can be observed."""

    ORDER = "order"
    USER_ROLE = "user_role"
    RESOURCE = "resource"
    OFFERING_USER = "offering_user"
    IMPORTABLE_RESOURCES = "importable_resources"
    SERVICE_ACCOUNT = "service_account"
    COURSE_ACCOUNT = "course_account"
    RESOURCE_PERIODIC_LIMITS = "resource_periodic_limits"
    OFFERING_RESOURCES_SYNC = "offering_resources_sync"
    RESOURCE_API_KEY_ROTATION = "resource_api_key_rotation"
    RESOURCE_END_DATE_CHANGE_REQUEST = "resource_end_date_change_request"


def register_queue(request: Request) -> Answer:
    """Make an agent's queue (201), or renew its user's password and its types (200)."""
    identity = agents.addressed(request)
    body = bodies.read(request, object_types=Key(_types(request)))
    state = request.store.state
    known = (c for c in state.event_consumers.values() if c.identity is identity)
    consumer = next(known, None)
    status = 200 if consumer else 201
    if consumer is None:
        identifiers = request.store.identifiers
        consumer = EventConsumer(
            **request.store.birth(),
            identity=identity,
            user=request.user,
            rmq_username=identifiers.uuid(),
            password="",
        )
        request.store.keep(state.event_consumers, consumer)
    consumer.user, consumer.password = request.user, _password(request)
    consumer.object_types = body.texts("object_types")
    announcing.provision(request.store, consumer, consumer.queue)
    return json_answer(
        status,
        {
            "rmq_username": consumer.rmq_username,
            "queue_name": consumer.queue,
            "vhost": consumer.user.uuid,
            "observable_object_types": list[JSON](consumer.object_types),
        },
    )


def register_event_subscription(request: Request) -> Answer:
    """Subscribe to one object type."""
    agents.addressed(request)
    body = bodies.read(
        request,
        observable_object_type=Key(_type(request), required=True),
        description=Key(bodies.text),
    )
    subscription = EventSubscription(
        **request.store.birth(),
        user=request.user,
        object_type=body.text("observable_object_type"),
        password=_password(request),
    )
    request.store.keep(request.store.state.event_subscriptions, subscription)
    return json_answer(
        201,
        {
            "uuid": subscription.uuid,
            "url": request.url(SUBSCRIPTIONS, subscription.uuid),
            "user_uuid": subscription.user.uuid,
            "user_username": subscription.user.username,
            "user_full_name": subscription.user.full_name,
            "source_ip": None,
            "description": body.text("description"),
            "observable_objects": [{"type": subscription.object_type}],
            "created": iso(subscription.created),
            "modified": iso(subscription.modified),
        },
    )


def create_queue(request: Request) -> Answer:
    """Make the queue of a subscription for an offering."""
    subscription = request.addressed(request.store.state.event_subscriptions, "EventSubscription")
    if subscription.user is not request.user:
        raise Missing("EventSubscription")
    body = bodies.read(
        request,
        offering_uuid=Key(bodies.identifier, required=True),
        object_type=Key(_type(request), required=True),
    )
    offering, kind = body.uuid("offering_uuid"), body.text("object_type")
    if kind != subscription.object_type:
        raise Invalid({"object_type": ["The subscription does not observe this type."]})
    queue = f"subscription_{subscription.uuid}_offering_{offering}_{kind}"
    subscription.queues[offering, kind] = queue
    announcing.provision(request.store, subscription, queue)
    return json_answer(201, {"queue_name": queue, "vhost": subscription.user.uuid})


def _type(request: Request) -> bodies.Check:
    """Return a check for an object type that this server knows."""
    known = set(ObjectType) - request.store.unknown_object_types
    return lambda value: None if value in known else f'"{value}" is not a valid choice.'


def _types(request: Request) -> bodies.Check:
    check = _type(request)

    def every(value: JSON) -> str | None:
        if not isinstance(value, list):
            return f'Expected a list of items but got type "{type(value).__name__}".'
        return next((bad for item in value if (bad := check(item))), None)

    return every


def _password(request: Request) -> str:
    """Return the password of the broker's user: the personal token shown, or the API token."""
    token = request.incoming.header("authorization").partition(" ")[2]
    return token if token in request.store.state.personal_tokens else request.user.token


ROUTES = (
    Route("POST", f"{agents.IDENTITIES}/{{uuid}}/register_queue/", register_queue),
    Route(
        "POST",
        f"{agents.IDENTITIES}/{{uuid}}/register_event_subscription/",
        register_event_subscription,
    ),
    Route("POST", f"{SUBSCRIPTIONS}/{{uuid}}/create_queue/", create_queue),
)
