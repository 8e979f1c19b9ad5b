"""Who hears of what, and in which words."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from waldur_site_agent_testkit.mastermind.example import SmallWorld
from waldur_site_agent_testkit.mastermind.state import Role

IDENTITIES = "marketplace-site-agent-identities/"


@dataclass
class Recorder:
    """A broker that keeps what it is given."""

    provisions: list[dict[str, str]] = field(default_factory=list)
    letters: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def provision(self, *, vhost: str, user: str, password: str, queue: str) -> None:
        self.provisions.append({"vhost": vhost, "user": user, "password": password, "queue": queue})

    def publish(self, vhost: str, queue: str, body: bytes) -> None:
        self.letters.append((vhost, queue, json.loads(body)))

    def bodies(self, object_type: str) -> list[dict[str, Any]]:
        return [body for _, _, body in self.letters if body.get("object_type") == object_type]


@pytest.fixture
def broker(small: SmallWorld) -> Recorder:
    broker = Recorder()
    small.world.publish_through(broker)
    return broker


@pytest.fixture
def identity(small: SmallWorld, api: httpx2.Client) -> str:
    me = {"offering": small.offering.uuid, "name": "agent-1"}
    uuid: str = api.post(IDENTITIES, json=me).json()["uuid"]
    return uuid


def register(api: httpx2.Client, identity: str, *types: str) -> httpx2.Response:
    return api.post(f"{IDENTITIES}{identity}/register_queue/", json={"object_types": list(types)})


def test_a_queue_is_registered_once_and_renewed_afterwards(
    small: SmallWorld, api: httpx2.Client, broker: Recorder, identity: str
) -> None:
    first, second = register(api, identity, "order"), register(api, identity, "order", "resource")
    assert [first.status_code, second.status_code] == [201, 200]
    told = second.json()
    assert told["queue_name"].startswith("consumer_")
    assert told["observable_object_types"] == ["order", "resource"]
    assert broker.provisions[0] == broker.provisions[1]
    assert broker.provisions[0] == {
        "vhost": told["vhost"],
        "user": told["rmq_username"],
        "password": small.token,
        "queue": told["queue_name"],
    }


def test_an_unknown_type_is_refused_in_djangos_words(
    api: httpx2.Client, broker: Recorder, identity: str
) -> None:
    answer = register(api, identity, "order", "moon")
    assert answer.status_code == 400
    assert answer.json() == {"object_types": ['"moon" is not a valid choice.']}
    assert broker.provisions == []


def test_an_order_is_told_when_it_waits_and_when_it_is_done(
    small: SmallWorld, api: httpx2.Client, broker: Recorder, identity: str
) -> None:
    register(api, identity, "order")
    order = small.world.order_create(small.project, small.offering, "One", limits={"cpu": 2})
    small.world.move_order(order, "approve_by_provider")
    small.world.move_order(order, "set_state_done")
    bodies = broker.bodies("order")
    assert [body["order_state"] for body in bodies] == ["pending-provider", "done"]
    assert bodies[0] == {
        "order_uuid": order.uuid,
        "order_state": "pending-provider",
        "order_type": "Create",
        "resource_uuid": order.resource.uuid,
        "resource_backend_id": "",
        "resource_name": "One",
        "project_uuid": small.project.uuid,
        "project_name": small.project.name,
        "attributes": {"name": "One"},
        "limits": {"cpu": 2},
        "offering_uuid": small.offering.uuid,
        "object_type": "order",
        "schema_version": 1,
    }
    assert broker.bodies("resource") == broker.bodies("offering_user") == []


def test_an_older_agent_gets_the_bare_body_from_the_queue_of_its_type(
    small: SmallWorld, api: httpx2.Client, broker: Recorder, identity: str
) -> None:
    wanted = {"observable_object_type": "order", "description": "x"}
    made = api.post(f"{IDENTITIES}{identity}/register_event_subscription/", json=wanted).json()
    queue = {"offering_uuid": small.offering.uuid, "object_type": "order"}
    answer = api.post(f"event-subscriptions/{made['uuid']}/create_queue/", json=queue)
    assert answer.status_code == 201
    order = small.world.order_create(small.project, small.offering, "One")
    name = f"subscription_{made['uuid']}_offering_{small.offering.uuid}_order"
    assert broker.letters == [
        (made["user_uuid"], name, {"order_uuid": order.uuid, "order_state": "pending-provider"})
    ]
    assert small.world.violations == []


def test_a_role_is_told_to_offerings_that_the_project_uses(
    small: SmallWorld, api: httpx2.Client, broker: Recorder, identity: str
) -> None:
    register(api, identity, "user_role")
    ada = small.world.add_user("ada")
    small.world.grant(ada, small.project)
    assert broker.bodies("user_role") == []
    small.world.add_resource(small.project, small.offering, "One", backend_id="a_1")
    small.world.revoke(ada, small.project)
    (body,) = broker.bodies("user_role")
    assert (body["granted"], body["user_uuid"]) == (False, ada.uuid)
    assert body["role_name"] == str(Role.PROJECT_MEMBER)


def test_a_username_is_told_twice_as_mastermind_does(
    small: SmallWorld, api: httpx2.Client, broker: Recorder, identity: str
) -> None:
    register(api, identity, "offering_user")
    small.world.set_username(small.world.add_user("ada"), small.offering, "ada01")
    told = [(body["action"], body["state"]) for body in broker.bodies("offering_user")]
    assert told == [("create", "Requested"), ("update", "OK"), ("username_set", 5)]


def test_who_no_longer_manages_the_offering_hears_nothing(
    small: SmallWorld, api: httpx2.Client, broker: Recorder, identity: str
) -> None:
    register(api, identity, "order")
    (consumer,) = small.world.state.event_consumers.values()
    consumer.user.is_staff = False
    for scope in (small.offering, small.offering.customer):
        small.world.revoke(consumer.user, scope)
    small.world.order_create(small.project, small.offering, "One")
    assert broker.letters == []
