"""Each operation of the customer's side asks for what it should, as Mastermind expects it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from waldur_site_agent.waldur.errors import (
    ConflictError,
    NotFoundError,
    RefusedError,
    TransientError,
    UnauthorizedError,
)
from waldur_site_agent.waldur.models import Plan
from waldur_site_agent.waldur.models.states import OrderState, OrderType, ResourceState

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.waldur.gateway import Waldur

U = "f414a33b3775467d81a8d48c93957f1d"
OTHER = "e2ef0000000000000000000000000b01"
THIRD = "e2eb0000000000000000000000000101"
ORDERS = "/api/marketplace-orders/"
RESOURCES = "/api/marketplace-resources/"
PROJECTS = "/api/projects/"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)

# operation, method, path under /api/, body
TOLD: list[tuple[Callable[[Waldur], None], str, str, object]] = [
    (
        lambda w: w.consumer_resources.set_end_date(UUID(U), date(2026, 12, 31)),
        "POST",
        f"marketplace-resources/{U}/set_end_date/",
        {"end_date": "2026-12-31"},
    ),
    (
        lambda w: w.consumer_resources.set_end_date(U, None),
        "POST",
        f"marketplace-resources/{U}/set_end_date/",
        {"end_date": None},
    ),
    (
        lambda w: w.resources.set_end_date(U, date(2026, 12, 31)),
        "POST",
        f"marketplace-provider-resources/{U}/set_end_date/",
        {"end_date": "2026-12-31"},
    ),
    (
        lambda w: w.resources.set_effective_id(U, "hpc_a"),
        "POST",
        f"marketplace-provider-resources/{U}/set_effective_id/",
        {"effective_id": "hpc_a"},
    ),
    (
        lambda w: w.projects.update(U, end_date=None, science_sub_domain=UUID(OTHER)),
        "PATCH",
        f"projects/{U}/",
        {"end_date": None, "science_sub_domain": OTHER},
    ),
    (
        lambda w: w.projects.update(U, name="Ice", end_date=date(2027, 1, 1), is_industry=False),
        "PATCH",
        f"projects/{U}/",
        {"name": "Ice", "end_date": "2027-01-01", "is_industry": False},
    ),
    (
        lambda w: w.projects.add_user(U, user_uuid=OTHER, role_uuid=UUID(THIRD)),
        "POST",
        f"projects/{U}/add_user/",
        {"user": OTHER, "role": THIRD},
    ),
    (
        lambda w: w.projects.add_user(U, user_uuid=OTHER, role_uuid=THIRD, expiration_time=NOON),
        "POST",
        f"projects/{U}/add_user/",
        {"user": OTHER, "role": THIRD, "expiration_time": "2026-11-24T12:00:00+00:00"},
    ),
    (
        lambda w: w.projects.delete_user(U, user_uuid=OTHER, role_uuid=THIRD),
        "POST",
        f"projects/{U}/delete_user/",
        {"user": OTHER, "role": THIRD},
    ),
    (
        lambda w: w.identity_bridge.remove("ada@idp", source="isd:efp"),
        "POST",
        "identity-bridge/remove/",
        {"username": "ada@idp", "source": "isd:efp"},
    ),
]


@pytest.mark.parametrize(
    ("tell", "method", "path", "body"), TOLD, ids=[f"{path}-{body}" for _, _, path, body in TOLD]
)
def test_what_is_told(
    mastermind: Any,
    waldur: Waldur,
    *,
    tell: Callable[[Waldur], None],
    method: str,
    path: str,
    body: object,
) -> None:
    mastermind.on(method, f"/api/{path}", mastermind.reply(text=""))
    tell(waldur)
    (asked,) = mastermind.asked
    assert (asked.method, asked.path, asked.json) == (method, f"/api/{path}", body)


def test_an_order_names_its_plan_as_the_server_does(mastermind: Any, waldur: Waldur) -> None:
    made = {"uuid": U, "marketplace_resource_uuid": OTHER, "state": "pending-provider"}
    mastermind.on("POST", ORDERS, mastermind.reply(made, status=201))
    order = waldur.consumer_orders.create(
        OTHER,
        project_uuid=THIRD,
        name="Ice",
        plan=Plan(uuid=UUID(U), url="https://elsewhere/api/plans/of-theirs/"),
        limits={"cpu": 10},
        attributes={"name": "not this", "storage_data_type": "Store"},
        request_comment="for A's order 1",
    )
    assert (order.uuid, order.marketplace_resource_uuid) == (UUID(U), UUID(OTHER))
    assert mastermind.asked[0].json == {
        "offering": f"{mastermind.api_url}marketplace-public-offerings/{OTHER}/",
        "project": f"{mastermind.api_url}projects/{THIRD}/",
        "plan": "https://elsewhere/api/plans/of-theirs/",
        "limits": {"cpu": 10},
        "attributes": {"name": "Ice", "storage_data_type": "Store"},
        "accepting_terms_of_service": True,
        "request_comment": "for A's order 1",
    }


def test_an_order_may_do_without_plan_and_limits(mastermind: Any, waldur: Waldur) -> None:
    mastermind.on("POST", ORDERS, mastermind.reply({"uuid": U}, status=201))
    waldur.consumer_orders.create(OTHER, project_uuid=THIRD, name="Ice")
    told = mastermind.asked[0].json
    assert "plan" not in told
    assert told["limits"] == {}


# what makes something new each time, or may find its own order in its way
MAKING: list[tuple[Callable[[Waldur], object], str]] = [
    (lambda w: w.consumer_orders.create(OTHER, project_uuid=THIRD, name="Ice"), ORDERS),
    (lambda w: w.consumer_resources.terminate(U), f"{RESOURCES}{U}/terminate/"),
    (lambda w: w.consumer_resources.update_limits(U, {}), f"{RESOURCES}{U}/update_limits/"),
    (lambda w: w.projects.create(OTHER, "Ice"), PROJECTS),
]


@pytest.mark.parametrize(("make", "path"), MAKING, ids=[path for _, path in MAKING])
def test_what_makes_something_is_asked_once(
    mastermind: Any, waldur: Waldur, *, make: Callable[[Waldur], object], path: str
) -> None:
    mastermind.on("POST", path, mastermind.reply(drop=True))
    with pytest.raises(TransientError):
        make(waldur)
    assert len(mastermind.asked) == 1


def test_orders_are_narrowed_as_far_as_is_said(mastermind: Any, waldur: Waldur) -> None:
    order = {
        "uuid": U,
        "offering_uuid": OTHER,
        "project_uuid": THIRD,
        "marketplace_resource_uuid": U,
        "type": "Create",
        "state": "executing",
        "created": "2026-11-24T12:00:00Z",
    }
    foreign = [
        {"uuid": OTHER, "offering_uuid": U},
        {"uuid": OTHER, "project_uuid": U},
        {"uuid": OTHER, "marketplace_resource_uuid": OTHER},
        {"uuid": OTHER, "type": "Terminate"},
        {"uuid": OTHER, "state": "done"},
        {"uuid": OTHER, "created": "2026-11-24T11:59:59Z"},
        {"uuid": OTHER, "customer_uuid": U},
    ]
    rows = [order, *({**order, **row, "uuid": f"{n:032x}"} for n, row in enumerate(foreign))]
    mastermind.on("GET", ORDERS, mastermind.page(rows, count=len(rows)))
    found = waldur.consumer_orders.list(
        offering_uuid=OTHER,
        customer_uuid=THIRD,
        project_uuid=THIRD,
        resource_uuid=U,
        types=[OrderType.CREATE],
        states=[OrderState.EXECUTING, OrderState.PENDING_PROVIDER],
        created_after=NOON,
    )
    assert [one.uuid for one in found] == [UUID(U)]
    (asked,) = mastermind.asked
    assert asked.values("offering_uuid") == [OTHER]
    assert asked.values("customer_uuid") == [THIRD]
    assert asked.values("project_uuid") == [THIRD]
    assert asked.values("resource_uuid") == [U]
    assert asked.values("type") == ["Create"]
    assert asked.values("state") == ["executing", "pending-provider"]
    assert asked.values("created") == ["2026-11-24T12:00:00+00:00"]


def test_what_is_not_said_does_not_narrow(mastermind: Any, waldur: Waldur) -> None:
    mastermind.on("GET", ORDERS, mastermind.page([{"uuid": U}], count=1))
    mastermind.on("GET", RESOURCES, mastermind.page([{"uuid": U}], count=1))
    assert waldur.consumer_orders.list()
    assert waldur.consumer_resources.list()
    for asked in mastermind.asked:
        assert {name for name, _ in asked.query} == {"field", "page_size"}


def test_an_order_is_read_without_people(mastermind: Any, waldur: Waldur) -> None:
    order = {"uuid": U, "state": "erred", "error_message": "Full.", "request_comment": None}
    mastermind.on("GET", f"{ORDERS}{U}/", mastermind.reply(order))
    found = waldur.consumer_orders.get(UUID(U))
    assert (found.state, found.error_message, found.request_comment) == ("erred", "Full.", "")
    assert not [name for name in mastermind.asked[0].values("field") if "created_by" in name]


def test_resources_come_in_one_listing(mastermind: Any, waldur: Waldur) -> None:
    resource = {
        "uuid": U,
        "state": "OK",
        "backend_id": "hpc_a",
        "limits": {"gpu_hours": 500},
        "offering_uuid": OTHER,
        "customer_uuid": THIRD,
        "end_date": "2026-12-31",
        "end_date_updated_at": "2026-11-24T12:00:00Z",
    }
    foreign = [
        {**resource, "uuid": f"{n:032x}", **row}
        for n, row in enumerate([{"offering_uuid": U}, {"customer_uuid": U}, {"state": "Erred"}])
    ]
    mastermind.on("GET", RESOURCES, mastermind.page([resource, *foreign], count=4))
    (found,) = waldur.consumer_resources.list(
        offering_uuid=OTHER, customer_uuid=THIRD, states=[ResourceState.OK], modified_after=NOON
    )
    assert (found.backend_id, found.limits) == ("hpc_a", {"gpu_hours": 500})
    assert (found.end_date, found.end_date_updated_at) == (date(2026, 12, 31), NOON)
    (asked,) = mastermind.asked
    assert asked.values("customer_uuid") == [THIRD]
    assert asked.values("modified") == ["2026-11-24T12:00:00+00:00"]


def test_a_resource_that_is_gone_is_told_from_a_server_that_is_not_there(
    mastermind: Any, waldur: Waldur
) -> None:
    path = f"{RESOURCES}{U}/"
    mastermind.on("GET", path, mastermind.reply({"detail": "No Resource."}, status=404))
    with pytest.raises(NotFoundError) as gone:
        waldur.consumer_resources.get(U)
    with pytest.raises(NotFoundError) as unrouted:
        waldur.consumer_resources.get(OTHER)
    assert (gone.value.unrouted, unrouted.value.unrouted) == (False, True)


def test_a_team_is_read_from_the_customers_side(mastermind: Any, waldur: Waldur) -> None:
    row = {"uuid": U, "username": "ada@idp", "role": "member", "offering_user_username": None}
    mastermind.on("GET", f"{RESOURCES}{U}/team/", mastermind.reply([row]))
    (member,) = waldur.consumer_resources.team(U, has_consent=True)
    assert (member.username, member.offering_user_username) == ("ada@idp", "")
    assert mastermind.asked[0].values("has_consent") == ["true"]


def test_changes_of_a_resource_are_orders(mastermind: Any, waldur: Waldur) -> None:
    answer = mastermind.reply({"order_uuid": OTHER})
    mastermind.on("POST", f"{RESOURCES}{U}/update_limits/", answer)
    mastermind.on("POST", f"{RESOURCES}{U}/terminate/", answer)
    resources = waldur.consumer_resources
    assert resources.update_limits(U, {"cpu": 2}, request_comment="more") == UUID(OTHER)
    assert resources.terminate(U) == UUID(OTHER)
    assert resources.terminate(U, {"destroy": True}) == UUID(OTHER)
    assert [asked.json for asked in mastermind.asked] == [
        {"limits": {"cpu": 2}, "request_comment": "more"},
        {},
        {"attributes": {"destroy": True}},
    ]


def test_an_order_in_the_way_is_a_refusal(mastermind: Any, waldur: Waldur) -> None:
    words = {"detail": "Valid states for operation: OK."}
    mastermind.on("POST", f"{RESOURCES}{U}/terminate/", mastermind.reply(words, status=409))
    with pytest.raises(ConflictError, match="Valid states"):
        waldur.consumer_resources.terminate(U)


def test_projects_are_found_by_whole_backend_ids(mastermind: Any, waldur: Waldur) -> None:
    rows = [
        {"uuid": U, "backend_id": "a_b", "customer_uuid": THIRD},
        {"uuid": OTHER, "backend_id": "a_bc", "customer_uuid": THIRD},
        {"uuid": THIRD, "backend_id": "a_b", "customer_uuid": OTHER},
    ]
    mastermind.on("GET", PROJECTS, mastermind.page(rows, count=3))
    assert [one.uuid for one in waldur.projects.list(THIRD, backend_id="a_b")] == [UUID(U)]
    assert [one.uuid for one in waldur.projects.list(THIRD)] == [UUID(U), UUID(OTHER)]
    assert mastermind.asked[0].values("customer") == [THIRD]
    assert [asked.values("backend_id") for asked in mastermind.asked] == [["a_b"], []]


def test_a_project_is_made_with_what_is_known_of_it(mastermind: Any, waldur: Waldur) -> None:
    made = {"uuid": U, "end_date_updated_at": "2026-11-24T12:00:00Z", "oecd_fos_2007_code": None}
    mastermind.on("POST", PROJECTS, mastermind.reply(made, status=201))
    project = waldur.projects.create(THIRD, "Ice", backend_id="a_b", end_date=date(2027, 1, 1))
    assert (project.end_date_updated_at, project.oecd_fos_2007_code) == (NOON, "")
    assert mastermind.asked[0].json == {
        "customer": f"{mastermind.api_url}customers/{THIRD}/",
        "name": "Ice",
        "backend_id": "a_b",
        "end_date": "2027-01-01",
    }


def test_a_project_is_read(mastermind: Any, waldur: Waldur) -> None:
    mastermind.on("GET", f"{PROJECTS}{U}/", mastermind.reply({"uuid": U, "name": "Ice"}))
    assert waldur.projects.get(U).name == "Ice"


def test_a_person_is_a_member_as_often_as_there_are_roles(mastermind: Any, waldur: Waldur) -> None:
    role = {"user_uuid": OTHER, "user_username": "ada@idp", "user_email": "ada@example.org"}
    rows = [
        {**role, "uuid": U, "role_name": "PROJECT.ADMIN", "expiration_time": None},
        {**role, "uuid": THIRD, "role_name": "PROJECT.MEMBER", "role_uuid": THIRD},
    ]
    mastermind.on("GET", f"{PROJECTS}{U}/list_users/", mastermind.page(rows, count=2))
    members = waldur.projects.members(U)
    assert [one.role_name for one in members] == ["PROJECT.ADMIN", "PROJECT.MEMBER"]
    assert {one.user_uuid for one in members} == {UUID(OTHER)}
    assert "ada" not in repr(members)


def test_one_listing_tells_the_roles_in_all_projects(mastermind: Any, waldur: Waldur) -> None:
    row = {
        "uuid": U,
        "username": "ada@idp",
        "email": "ada@example.org",
        "role_name": None,
        "projects": [
            {"uuid": OTHER, "role_name": "PROJECT.ADMIN", "expiration_time": None},
            {"uuid": OTHER, "role_name": "PROJECT.MEMBER", "expiration_time": NOON.isoformat()},
            {"uuid": THIRD, "name": "of an older server"},
        ],
    }
    mastermind.on("GET", f"/api/customers/{THIRD}/users/", mastermind.page([row], count=1))
    (person,) = waldur.customers.users(THIRD)
    assert (person.username, person.role_name) == ("ada@idp", "")
    assert [(one.uuid.hex, one.role_name, one.expiration_time) for one in person.projects] == [
        (OTHER, "PROJECT.ADMIN", None),
        (OTHER, "PROJECT.MEMBER", NOON),
        (THIRD, "", None),
    ]
    assert "ada" not in repr(person)


def test_people_are_found_by_whole_names(mastermind: Any, waldur: Waldur) -> None:
    rows = [
        {"uuid": U, "username": "bob2@idp", "email": "bob@example.org.evil"},
        {"uuid": OTHER, "username": "bob@idp", "email": "Bob@example.org"},
    ]
    mastermind.on("GET", "/api/users/", mastermind.page(rows, count=2))
    found = waldur.users.with_username("bob@idp")
    assert found is not None
    assert found.uuid == UUID(OTHER)
    assert waldur.users.with_username("ob@idp") is None
    assert [one.uuid for one in waldur.users.with_email("bob@example.org")] == [UUID(OTHER)]
    assert [set(asked.values("field")) for asked in mastermind.asked] == [
        {"uuid", "username", "email", "is_active"}
    ] * 3
    assert "bob" not in repr(found)


def test_roles_are_found_by_whole_names(mastermind: Any, waldur: Waldur) -> None:
    rows = [
        {"uuid": U, "name": "PROJECT.ADMIN.DEPUTY"},
        {"uuid": OTHER, "name": "PROJECT.ADMIN", "content_type": "project"},
    ]
    mastermind.on("GET", "/api/roles/", mastermind.page(rows, count=2))
    assert [role.uuid for role in waldur.roles.list(name="PROJECT.ADMIN")] == [UUID(OTHER)]
    assert len(waldur.roles.list()) == len(rows)


def test_a_profile_is_pushed(mastermind: Any, waldur: Waldur) -> None:
    made = {"uuid": U, "created": True, "updated_fields": ["first_name"]}
    mastermind.on("POST", "/api/identity-bridge/", mastermind.reply(made))
    pushed = waldur.identity_bridge.push(
        "ada@idp", source="isd:efp", attributes={"first_name": "Ada", "affiliations": ["staff"]}
    )
    assert (pushed.uuid, pushed.created) == (UUID(U), True)
    assert mastermind.asked[0].json == {
        "username": "ada@idp",
        "source": "isd:efp",
        "first_name": "Ada",
        "affiliations": ["staff"],
    }


def test_a_refusal_quotes_nothing_of_a_profile(mastermind: Any, waldur: Waldur) -> None:
    words = {"nationality": ['"Atlantis" is not a valid choice.']}
    mastermind.on("POST", "/api/identity-bridge/", mastermind.reply(words, status=400))
    with pytest.raises(RefusedError, match="nationality: <value> is not a valid") as caught:
        waldur.identity_bridge.push("ada@idp", source="isd:efp", attributes={"nationality": "X"})
    assert "Atlantis" not in f"{caught.value} {caught.value!r}"


def test_which_attributes_are_taken(mastermind: Any, waldur: Waldur) -> None:
    answer = mastermind.reply({"allowed_fields": ["first_name", "email"]})
    mastermind.on("GET", "/api/identity-bridge/allowed-fields/", answer)
    assert waldur.identity_bridge.allowed_fields() == {"first_name", "email"}


def test_a_person_is_looked_up_at_eduteams(mastermind: Any, waldur: Waldur) -> None:
    mastermind.on("POST", "/api/remote-eduteams/", mastermind.reply({"uuid": str(UUID(U))}))
    assert waldur.remote_eduteams.resolve("ada@idp") == UUID(U)
    assert mastermind.asked[0].json == {"cuid": "ada@idp"}


def test_what_can_be_ordered(mastermind: Any, waldur: Waldur) -> None:
    path = f"/api/marketplace-public-offerings/{U}/"
    offering = {"uuid": U, "state": "Active", "components": [{"type": "cpu"}]}
    old = {"uuid": U, "name": "Old", "is_active": False, "archived": True}
    new = {"uuid": OTHER, "name": "New", "url": f"https://x/api/marketplace-plans/{OTHER}/"}
    mastermind.on("GET", path, mastermind.reply(offering))
    mastermind.on("GET", f"{path}plans/", mastermind.reply([old, new]))
    assert [one.type for one in waldur.public_offerings.get(U).components] == ["cpu"]
    assert [(one.name, one.is_active) for one in waldur.public_offerings.plans(U)] == [
        ("Old", False),
        ("New", True),
    ]


def test_sub_domains_of_science_are_found_by_code(mastermind: Any, waldur: Waldur) -> None:
    rows = [{"uuid": U, "code": "1.1", "name": "Maths"}, {"uuid": OTHER, "code": "1.11"}]
    mastermind.on("GET", "/api/science-sub-domains/", mastermind.page(rows, count=2))
    assert [one.uuid for one in waldur.science_sub_domains.list(code="1.1")] == [UUID(U)]
    assert len(waldur.science_sub_domains.list()) == len(rows)


@pytest.mark.parametrize(
    ("ask", "role"),
    [
        (lambda w: w.consumer_resources.get(U), "CUSTOMER.OWNER"),
        (lambda w: w.resources.get(U), "OFFERING.MANAGER"),
    ],
)
def test_a_missing_right_is_named_by_side(
    mastermind: Any, waldur: Waldur, *, ask: Callable[[Waldur], object], role: str
) -> None:
    no = mastermind.reply({"detail": "No."}, status=403)
    mastermind.on("GET", f"{RESOURCES}{U}/", no)
    mastermind.on("GET", f"/api/marketplace-provider-resources/{U}/", no)
    with pytest.raises(UnauthorizedError, match=role):
        ask(waldur)
