"""Two Masterminds beside one another, and what a customer sees and hears of what it ordered."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from waldur_site_agent_testkit.federation import A_URL, B_URL, Federation, federation
from waldur_site_agent_testkit.mastermind import Status
from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_testkit.mastermind.state import Order, Role

IDENTITIES = "marketplace-site-agent-identities/"


@dataclass
class Recorder:
    """A broker that keeps what it is given."""

    letters: list[dict[str, Any]] = field(default_factory=list)

    def provision(self, *, vhost: str, user: str, password: str, queue: str) -> None:
        """Every queue is fine."""

    def publish(self, vhost: str, queue: str, body: bytes) -> None:
        self.letters.append({"vhost": vhost, "queue": queue, **json.loads(body)})


@pytest.fixture
def both() -> Federation:
    return federation()


def consumer(both: Federation) -> httpx2.Client:
    """Speak to B as its customer."""
    return httpx2.Client(
        transport=transport(both.b.world),
        base_url="http://b.test/api/",
        headers={"authorization": f"Token {both.b.token}"},
    )


def order(both: Federation, name: str = "Ice") -> Order:
    """Have B's customer order, in a project of its own."""
    project = both.b.world.add_project(both.b.customer, name)
    return both.b.world.order_create(project, both.b.offering, name, limits={"gpu_hours": 5})


def test_two_servers_know_nothing_of_one_another(both: Federation) -> None:
    with both.served() as (a, b):
        assert a.url != b.url
        for server, token, other in ((a, both.a.token, both.b.token), (b, both.b.token, "x")):
            url = f"{server.api_url}users/me/"
            good = httpx2.get(url, headers={"authorization": f"Token {token}"})
            bad = httpx2.get(url, headers={"authorization": f"Token {other}"})
            assert (good.status_code, bad.status_code) == (200, 401)
    assert [call.status for call in both.a.world.calls] == [200, 401]
    assert [call.status for call in both.b.world.calls] == [200, 401]


def test_both_are_reached_without_a_socket(both: Federation) -> None:
    with httpx2.Client(transport=both.network()) as client:
        for url, side in ((A_URL, both.a), (B_URL, both.b)):
            headers = {"authorization": f"Token {side.token}"}
            me = client.get(f"{url}users/me/", headers=headers).json()
            assert me["uuid"] == side.user.uuid
        with pytest.raises(httpx2.ConnectError):
            client.get("http://c.test/api/version/")


def test_a_fault_strikes_one_of_them(both: Federation) -> None:
    both.b.world.faults.add(match="GET *", action=Status(503))
    with both.served() as (a, b):
        statuses = [
            httpx2.get(
                f"{server.api_url}users/me/", headers={"authorization": f"Token {side.token}"}
            ).status_code
            for server, side in ((a, both.a), (b, both.b))
        ]
    assert statuses == [200, 503]


def test_no_uuid_is_in_both(both: Federation) -> None:
    def known(side: str) -> set[str]:
        state = getattr(both, side).world.state
        return {*state.users, *state.offerings, *state.customers, *state.projects}

    assert not known("a") & known("b")


def test_the_agents_are_ordinary_users(both: Federation) -> None:
    assert not both.a.user.is_staff
    assert not both.b.user.is_staff
    with consumer(both) as api:
        roles = [row["role_name"] for row in api.get("users/me/").json()["permissions"]]
        assert roles == ["CUSTOMER.OWNER"]
        waiting = order(both)
        path = f"marketplace-orders/{waiting.uuid}/approve_by_provider/"
        assert api.post(path, json={}).status_code == 403
        assert api.get("marketplace-provider-resources/").json() == []


def test_an_order_waits_for_the_provider_which_a_test_plays(both: Federation) -> None:
    waiting = order(both)
    assert both.waiting() == [waiting]
    assert both.carry_out_all() == [waiting]
    assert (waiting.state, waiting.resource.state) == ("done", "OK")
    assert waiting.resource.backend_id == "b_ice-1"
    assert both.waiting() == []


def test_an_order_in_the_way_is_refused(both: Federation) -> None:
    resource = both.b.world.add_resource(order(both).resource.project, both.b.offering, "Ice")
    with consumer(both) as api:
        path = f"marketplace-resources/{resource.uuid}/"
        made = api.post(f"{path}update_limits/", json={"limits": {"gpu_hours": 7}})
        assert made.status_code == 200
        assert api.post(f"{path}terminate/", json={}).status_code == 400
        both.b.world.move_order(
            both.b.world.state.orders[made.json()["order_uuid"]], "approve_by_provider"
        )
        both.carry_out_all()
        assert resource.limits == {"gpu_hours": 7}
        assert api.post(f"{path}terminate/", json={}).status_code == 200
        both.carry_out_all()
        assert api.post(f"{path}terminate/", json={}).status_code == 409
    assert resource.state == "Terminated"


def test_limits_of_foreign_components_are_noticed(both: Federation) -> None:
    resource = both.b.world.add_resource(order(both).resource.project, both.b.offering, "Ice")
    with consumer(both) as api:
        path = f"marketplace-resources/{resource.uuid}/update_limits/"
        api.post(path, json={"limits": {"node_hours": 1}})
    assert [v.kind for v in both.b.world.violations] == ["unknown component"]


def test_a_customer_sees_accounts_of_its_own_people_only(both: Federation) -> None:
    world = both.b.world
    mine = world.add_resource(order(both).resource.project, both.b.offering, "Ice")
    ours, theirs = world.add_user("ada"), world.add_user("eve")
    world.grant(ours, mine.project)
    elsewhere = world.add_project(world.add_customer("Other"), "Other")
    world.grant(theirs, elsewhere)
    world.add_resource(elsewhere, both.b.offering, "other")
    world.set_username(ours, both.b.offering, "b_ada")
    with consumer(both) as api:
        rows = api.get(f"marketplace-offering-users/?offering_uuid={both.b.offering.uuid}").json()
        assert [row["username"] for row in rows] == ["b_ada"]
        team = api.get(f"marketplace-resources/{mine.uuid}/team/").json()
        assert [row["offering_user_username"] for row in team] == ["b_ada"]
        account = api.patch(f"marketplace-offering-users/{rows[0]['uuid']}/", json={})
        assert account.status_code == 404


def test_usage_of_a_month_is_one_listing_for_a_customer(both: Federation) -> None:
    world = both.b.world
    mine = world.add_resource(order(both).resource.project, both.b.offering, "Ice")
    elsewhere = world.add_project(world.add_customer("Other"), "Other")
    theirs = world.add_resource(elsewhere, both.b.offering, "other")
    for resource in (mine, theirs):
        usage = world.use(resource, "gpu_hours", "5.00", world.clock.now())
        world.use_by_user(usage, "b_ada", "5.00")
    narrowed = f"?offering_uuid={both.b.offering.uuid}&customer_uuid={both.b.customer.uuid}"
    with consumer(both) as api:
        for listing in ("marketplace-component-usages", "marketplace-component-user-usages"):
            rows = api.get(f"{listing}/{narrowed}").json()
            assert [row["resource_uuid"] for row in rows] == [mine.uuid]
            assert api.get(f"{listing}/").json() == rows
    assert world.violations == []


def listen(both: Federation, api: httpx2.Client, generation: str, *types: str) -> Recorder:
    """Have B's customer hear of things at B's offering."""
    broker = Recorder()
    both.b.world.publish_through(broker)
    offering = both.b.offering.uuid
    made = api.post(IDENTITIES, json={"offering": offering, "name": f"agent-{offering}"})
    assert made.status_code == 201
    identity = f"{IDENTITIES}{made.json()['uuid']}/"
    if generation == "queue":
        answer = api.post(f"{identity}register_queue/", json={"object_types": list(types)})
        assert answer.status_code == 201
        return broker
    for kind in types:
        told = {"observable_object_type": kind}
        uuid = api.post(f"{identity}register_event_subscription/", json=told).json()["uuid"]
        body = {"offering_uuid": offering, "object_type": kind}
        path = f"event-subscriptions/{uuid}/create_queue/"
        assert api.post(path, json=body).status_code == 201
    return broker


GENERATIONS = pytest.mark.parametrize("generation", ["queue", "subscriptions"])


@GENERATIONS
def test_a_customer_hears_of_its_own_orders(both: Federation, generation: str) -> None:
    with consumer(both) as api:
        broker = listen(both, api, generation, "order")
    mine = order(both)
    elsewhere = both.b.world.add_project(both.b.world.add_customer("Other"), "Other")
    both.b.world.order_create(elsewhere, both.b.offering, "other")
    both.carry_out_all()
    heard = [(letter["order_uuid"], letter["order_state"]) for letter in broker.letters]
    assert heard == [(mine.uuid, "pending-provider"), (mine.uuid, "done")]
    assert {letter["vhost"] for letter in broker.letters} == {both.b.user.uuid}


@GENERATIONS
def test_a_customer_hears_when_a_resource_will_end(both: Federation, generation: str) -> None:
    resource = both.b.world.add_resource(order(both).resource.project, both.b.offering, "Ice")
    with consumer(both) as api:
        broker = listen(both, api, generation, "resource")
        path = f"marketplace-resources/{resource.uuid}/set_end_date/"
        api.post(path, json={"end_date": "2099-01-01"})
    [letter] = broker.letters
    assert (letter["action"], letter["end_date"]) == ("end_date_updated", "2099-01-01")
    assert letter["resource_uuid"] == resource.uuid


@GENERATIONS
@pytest.mark.parametrize("manages", [False, True])
def test_accounts_are_told_to_those_who_manage_the_offering(
    generation: str, *, manages: bool
) -> None:
    both = federation(manages_target=manages)
    resource = both.b.world.add_resource(order(both).resource.project, both.b.offering, "Ice")
    with consumer(both) as api:
        broker = listen(both, api, generation, "offering_user")
    member = both.b.world.add_user("ada")
    both.b.world.grant(member, resource.project)
    both.b.world.set_username(member, both.b.offering, "b_ada")
    heard = [letter["action"] for letter in broker.letters]
    assert heard == (["create", "update", "username_set"] if manages else [])


def test_a_customer_that_is_none_any_more_hears_nothing(both: Federation) -> None:
    with consumer(both) as api:
        broker = listen(both, api, "queue", "order")
    both.b.world.revoke(both.b.user, both.b.customer, Role.CUSTOMER_OWNER)
    order(both)
    assert broker.letters == []


def test_who_orders_nowhere_has_no_agent(both: Federation) -> None:
    stranger = both.b.world.add_user("stranger")
    with consumer(both) as api:
        api.headers["authorization"] = f"Token {stranger.token}"
        body = {"offering": both.b.offering.uuid, "name": "agent"}
        assert api.post(IDENTITIES, json=body).status_code == 400


def test_an_older_target_lacks_and_refuses_what_it_is_told_to() -> None:
    both = federation(target_lacks=("customers",), target_refuses=("site-agent-identities",))
    with consumer(both) as api:
        assert api.get(f"customers/{both.b.customer.uuid}/users/").status_code == 404
        body = {"offering": both.b.offering.uuid, "name": "agent"}
        assert api.post(IDENTITIES, json=body).status_code == 403
