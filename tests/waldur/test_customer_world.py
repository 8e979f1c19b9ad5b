"""The gateway and the testkit's strict Mastermind agree about the customer's side."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from waldur_site_agent.waldur.connection import ConnectionSettings, RetryPolicy
from waldur_site_agent.waldur.errors import (
    ConflictError,
    NotFoundError,
    RefusedError,
    TransientError,
    UnauthorizedError,
)
from waldur_site_agent.waldur.gateway import Waldur
from waldur_site_agent.waldur.models.states import OrderState, OrderType, ResourceState
from waldur_site_agent.waldur.transport import Transport
from waldur_site_agent_testkit.federation import SOURCE, Federation, Side, federation
from waldur_site_agent_testkit.mastermind import DropConnection, TruncatedPage
from waldur_site_agent_testkit.mastermind.direct import DirectTransport
from waldur_site_agent_testkit.mastermind.state import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from waldur_site_agent_testkit.mastermind.state import Project, Resource

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
NOVEMBER = date(2026, 11, 1)
AT_ONCE = RetryPolicy(attempts=2, first_wait=0, longest_wait=0, jitter=0)
UNFINISHED = (OrderState.PENDING_CONSUMER, OrderState.PENDING_PROVIDER, OrderState.EXECUTING)


class Unfiltering(DirectTransport):
    """A server that knows no filter, and so answers for everything."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            kept = [
                (name, value)
                for name, value in request.url.params.multi_items()
                if name in {"page", "page_size"}
            ]
            request.url = request.url.copy_with(params=kept)
        return super().handle_request(request)


def gateway(side: Side, door: type[DirectTransport] = DirectTransport) -> Waldur:
    settings = ConnectionSettings(
        api_url="https://waldur.test/api/", token=side.token, retries=AT_ONCE
    )
    return Waldur(Transport(settings, network=door(side.world)))


@pytest.fixture
def both() -> Iterator[Federation]:
    """Nothing that the gateway sends may be strange to either Mastermind."""
    both = federation()
    for side in (both.a, both.b):
        side.world.clock.set(NOW)
    yield both
    assert both.a.world.violations == []
    assert both.b.world.violations == []


@pytest.fixture
def b(both: Federation) -> Waldur:
    return gateway(both.b)


@pytest.fixture
def target(both: Federation) -> Project:
    """A project of B's customer."""
    return both.b.world.add_project(both.b.customer, "Ice", backend_id="a_b")


@pytest.fixture
def bought(both: Federation, target: Project) -> Resource:
    """A resource that B's customer has."""
    return both.b.world.add_resource(
        target, both.b.offering, "Ice", backend_id="b_ice", limits={"gpu_hours": 5}
    )


def test_an_order_from_wish_to_end(both: Federation, b: Waldur, target: Project) -> None:
    offering = both.b.offering.uuid
    [plan] = b.public_offerings.plans(offering)
    made = b.consumer_orders.create(
        offering, project_uuid=target.uuid, name="Ice", plan=plan, limits={"gpu_hours": 5}
    )
    assert (made.type, made.state) == (OrderType.CREATE, OrderState.PENDING_PROVIDER)
    assert made.marketplace_resource_uuid is not None
    both.carry_out_all()
    assert b.consumer_orders.get(made.uuid).state == OrderState.DONE
    resource = b.consumer_resources.get(made.marketplace_resource_uuid)
    assert (resource.state, resource.backend_id) == (ResourceState.OK, "b_ice-1")
    assert (resource.limits, resource.plan_uuid) == ({"gpu_hours": 5}, plan.uuid)

    update = b.consumer_resources.update_limits(resource.uuid, {"gpu_hours": 7})
    [waiting] = b.consumer_orders.list(resource_uuid=resource.uuid, states=UNFINISHED)
    assert (waiting.uuid, waiting.limits) == (update, {"gpu_hours": 7})
    with pytest.raises(RefusedError, match="Pending order"):
        b.consumer_resources.terminate(resource.uuid)
    both.carry_out_all()
    b.consumer_resources.terminate(resource.uuid)
    both.carry_out_all()
    assert b.consumer_resources.get(resource.uuid).state == ResourceState.TERMINATED
    with pytest.raises(ConflictError):
        b.consumer_resources.update_limits(resource.uuid, {"gpu_hours": 1})


def test_an_order_whose_answer_was_lost_is_found_by_its_mark(
    both: Federation, b: Waldur, target: Project
) -> None:
    both.b.world.order_create(target, both.b.offering, "Ice", limits={"gpu_hours": 5})
    both.b.world.faults.add(match="POST */marketplace-orders/", action=DropConnection(before=False))
    with pytest.raises(TransientError):
        b.consumer_orders.create(
            both.b.offering.uuid, project_uuid=target.uuid, name="Ice", request_comment="A's 17"
        )
    found = b.consumer_orders.list(
        project_uuid=target.uuid, types=[OrderType.CREATE], created_after=NOW - timedelta(hours=1)
    )
    assert len(found) == 2
    assert [one.request_comment for one in found if one.request_comment == "A's 17"] == ["A's 17"]


def test_what_others_have_is_never_ours(both: Federation, bought: Resource) -> None:
    """A server that knows no filter, and a token that sees more than its own."""
    world = both.b.world
    elsewhere = world.add_project(world.add_customer("Other"), "Other", backend_id="a_bc")
    world.grant(both.b.user, elsewhere, Role.PROJECT_ADMIN)
    theirs = world.add_resource(elsewhere, both.b.offering, "theirs")
    other = world.add_offering(both.b.provider, "Other", components=("gpu_hours",))
    world.add_resource(bought.project, other, "of another offering")
    for one in (bought, theirs):
        usage = world.use(one, "gpu_hours", "2.00", NOW)
        world.use(one, "gpu_hours", "1.00", NOW - timedelta(days=40))
        world.use_by_user(usage, "b_ada", "2.00")
        world.order_terminate(one)
    b = gateway(both.b, Unfiltering)
    ours = {"offering_uuid": both.b.offering.uuid, "customer_uuid": both.b.customer.uuid}
    mine = {UUID(bought.uuid)}
    assert {one.uuid for one in b.consumer_resources.list(**ours)} == mine
    orders = b.consumer_orders.list(**ours, states=UNFINISHED)
    assert {one.marketplace_resource_uuid for one in orders} == mine
    totals = b.usages.totals(NOVEMBER, **ours)
    assert [(one.resource_uuid, one.usage) for one in totals] == [(UUID(bought.uuid), Decimal(2))]
    assert {one.resource_uuid for one in b.usages.of_users(NOVEMBER, **ours)} == mine
    assert [one.name for one in b.projects.list(both.b.customer.uuid)] == ["Ice"]
    assert [one.name for one in b.projects.list(both.b.customer.uuid, backend_id="a_b")] == ["Ice"]
    assert b.projects.list(both.b.customer.uuid, backend_id="a_bc") == []


def test_a_project_from_making_to_change(both: Federation, b: Waldur) -> None:
    domain = both.b.world.add_science_sub_domain("1.5")
    [known] = b.science_sub_domains.list(code="1.5")
    made = b.projects.create(
        both.b.customer.uuid,
        "Ice",
        backend_id="a_b",
        description="cold",
        end_date=date(2027, 1, 1),
        science_sub_domain=known.uuid,
    )
    assert (made.end_date, made.end_date_updated_at) == (date(2027, 1, 1), NOW)
    assert made.science_sub_domain_code == domain.code
    both.b.world.clock.advance(seconds=60)
    b.projects.update(made.uuid, end_date=None, oecd_fos_2007_code="1.5", is_industry=True)
    read = b.projects.get(made.uuid)
    assert (read.end_date, read.end_date_updated_at) == (None, NOW + timedelta(seconds=60))
    assert (read.name, read.description) == ("Ice", "cold")
    assert (read.oecd_fos_2007_code, read.is_industry) == ("1.5", True)
    b.projects.update(made.uuid, science_sub_domain=None)
    assert b.projects.get(made.uuid).science_sub_domain is None


def test_members_come_go_and_hold_several_roles(
    both: Federation, b: Waldur, bought: Resource
) -> None:
    ada = both.b.world.add_user("ada@idp")
    roles = {one.name: one.uuid for one in b.roles.list()}
    member, admin = roles["PROJECT.MEMBER"], roles["PROJECT.ADMIN"]
    project = bought.project.uuid
    until = NOW + timedelta(days=1)
    b.projects.add_user(project, user_uuid=ada.uuid, role_uuid=member)
    b.projects.add_user(project, user_uuid=ada.uuid, role_uuid=admin, expiration_time=until)
    with pytest.raises(RefusedError, match="already"):
        b.projects.add_user(project, user_uuid=ada.uuid, role_uuid=member)
    held = [(one.role_uuid, one.expiration_time) for one in b.projects.members(project)]
    assert held == [(member, None), (admin, until)]
    people = {one.username: one for one in b.customers.users(both.b.customer.uuid)}
    assert [one.role_name for one in people["ada@idp"].projects] == [
        "PROJECT.MEMBER",
        "PROJECT.ADMIN",
    ]
    assert [one.role for one in b.consumer_resources.team(bought.uuid)] == ["admin"]
    accounts = b.offering_users.list_brief(both.b.offering.uuid)
    assert [one.user_uuid for one in accounts] == [UUID(ada.uuid)]
    b.projects.delete_user(project, user_uuid=ada.uuid, role_uuid=member)
    with pytest.raises(RefusedError, match="does not have"):
        b.projects.delete_user(project, user_uuid=ada.uuid, role_uuid=member)
    assert [one.role_uuid for one in b.projects.members(project)] == [admin]


def test_a_team_with_consent_only(both: Federation, b: Waldur, bought: Resource) -> None:
    for name in ("ada", "bob"):
        both.b.world.grant(both.b.world.add_user(name), bought.project)
    ada = next(u for u in both.b.world.state.users.values() if u.username == "ada")
    both.b.world.give_consent(ada, both.b.offering)
    team = b.consumer_resources.team(bought.uuid, has_consent=True)
    assert [one.username for one in team] == ["ada"]
    assert len(b.consumer_resources.team(bought.uuid)) == 2


def test_people_are_resolved_in_three_ways(both: Federation, b: Waldur) -> None:
    both.b.world.add_to_eduteams("eve@idp", first_name="Eve")
    eve = b.remote_eduteams.resolve("eve@idp")
    pushed = b.identity_bridge.push("ada@idp", source=SOURCE, attributes={"first_name": "Ada"})
    assert (pushed.created, pushed.updated_fields) == (True, ("first_name",))
    both.b.user.is_support = True
    for username, uuid in (("eve@idp", eve), ("ada@idp", pushed.uuid)):
        found = b.users.with_username(username)
        assert found is not None
        assert found.uuid == uuid
    assert b.users.with_username("da@idp") is None
    b.identity_bridge.remove("ada@idp", source=SOURCE)
    gone = b.users.with_username("ada@idp")
    assert gone is not None
    assert not gone.is_active
    for ask in (
        lambda: b.remote_eduteams.resolve("nobody@idp"),
        lambda: b.identity_bridge.remove("nobody@idp", source=SOURCE),
    ):
        with pytest.raises(NotFoundError):
            ask()
    with pytest.raises(UnauthorizedError):
        b.identity_bridge.push("ada@idp", source="isd:other", attributes={})


def test_an_attribute_that_is_not_taken_is_named_and_asked_for(both: Federation, b: Waldur) -> None:
    both.b.world.take_identity_fields({"first_name"})
    with pytest.raises(RefusedError, match="nationality: This field is not allowed"):
        b.identity_bridge.push("ada@idp", source=SOURCE, attributes={"nationality": "Atlantis"})
    assert b.identity_bridge.allowed_fields() == {"first_name"}


def test_a_resource_ends_on_both_sides(both: Federation, b: Waldur, bought: Resource) -> None:
    b.consumer_resources.set_end_date(bought.uuid, date(2027, 1, 1))
    [read] = b.consumer_resources.list(customer_uuid=both.b.customer.uuid)
    assert (read.end_date, read.end_date_updated_at) == (date(2027, 1, 1), NOW)
    a = gateway(both.a)
    ordered = both.a.world.add_resource(both.project, both.a.offering, "Ice")
    a.resources.set_end_date(ordered.uuid, date(2027, 1, 2))
    a.resources.set_effective_id(ordered.uuid, "b_ice")
    read = a.resources.get(ordered.uuid)
    assert (read.end_date, read.effective_id) == (date(2027, 1, 2), "b_ice")
    with pytest.raises(RefusedError, match="end_date"):
        a.resources.set_end_date(ordered.uuid, date(2026, 11, 23))


def test_a_provider_reads_projects_of_others_and_may_not_change_them(both: Federation) -> None:
    a = gateway(both.a)
    both.a.world.add_resource(both.project, both.a.offering, "Ice")
    both.a.world.set_project_end_date(both.project, date(2027, 1, 1))
    provider = a.providers.uuid_of_customer(both.a.provider.uuid)
    assert provider is not None
    [project] = a.providers.projects(provider)
    assert (project.end_date, project.end_date_updated_at) == (date(2027, 1, 1), NOW)
    with pytest.raises(UnauthorizedError, match=r"CUSTOMER\.OWNER"):
        a.projects.update(project.uuid, end_date=None)


def test_a_look_at_a_hundred_resources_takes_few_requests(both: Federation, b: Waldur) -> None:
    """What a pass reads of B, in as many requests as there are kinds of things."""
    world = both.b.world
    ada = world.add_user("ada@idp")
    for number in range(100):
        project = world.add_project(both.b.customer, f"P{number}")
        world.grant(ada, project)
        resource = world.add_resource(project, both.b.offering, f"r{number}")
        world.use_by_user(world.use(resource, "gpu_hours", "1.00", NOW), "b_ada", "1.00")
    world.calls.clear()
    offering, customer = both.b.offering.uuid, both.b.customer.uuid
    ours = {"offering_uuid": offering, "customer_uuid": customer}
    assert len(b.consumer_resources.list(**ours)) == 100
    assert b.consumer_orders.list(**ours, states=UNFINISHED) == []
    assert len(b.projects.list(customer)) == 100
    [_, person] = b.customers.users(customer)
    assert len(person.projects) == 100
    assert len(b.offering_users.list_brief(offering)) == 1
    assert len(b.usages.totals(NOVEMBER, **ours)) == 100
    assert len(b.usages.of_users(NOVEMBER, **ours)) == 100
    assert len(world.calls) == 7


@pytest.mark.parametrize("manages", [False, True])
def test_a_customer_has_a_queue_at_the_offering_where_it_orders(*, manages: bool) -> None:
    both = federation(manages_target=manages)
    b = gateway(both.b)
    for _ in range(2):
        identity = b.agents.register_identity(
            offering_uuid=both.b.offering.uuid,
            name=f"agent-{both.b.offering.uuid}",
            version="2",
            dependencies={},
            last_restarted=NOW,
        )
        queue = b.events.register_queue(identity.uuid, ["order", "resource"])
    assert (len(both.b.world.state.identities), queue.vhost) == (1, both.b.user.uuid)
    subscription = b.events.register_event_subscription(
        identity.uuid, object_type="order", description=""
    )
    made = b.events.create_queue(
        subscription.uuid, offering_uuid=both.b.offering.uuid, object_type="order"
    )
    assert made.queue_name.endswith("_order")
    assert both.b.world.violations == []


def test_a_partial_page_is_no_answer(both: Federation, b: Waldur, bought: Resource) -> None:
    assert bought.state == "OK"
    both.b.world.faults.add(match="GET */marketplace-resources/", action=TruncatedPage(), times=2)
    with pytest.raises(TransientError, match="incomplete"):
        b.consumer_resources.list(customer_uuid=both.b.customer.uuid)
