"""Projects and their members over REST, with the rights of an ordinary customer."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import httpx2
import pytest

from waldur_site_agent_testkit.mastermind.example import SmallWorld
from waldur_site_agent_testkit.mastermind.shapes import Object
from waldur_site_agent_testkit.mastermind.state import OrderState, Role

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
CUSTOMERS = "http://mastermind.test/api/customers/"


@pytest.fixture(autouse=True)
def _today(small: SmallWorld) -> None:
    small.world.clock.set(NOW)


def role_uuids(api: httpx2.Client) -> dict[str, str]:
    return {row["name"]: row["uuid"] for row in api.get("roles/?page_size=100").json()}


def wish(small: SmallWorld, **more: Any) -> Object:
    return {"name": "Ice", "customer": f"{CUSTOMERS}{small.customer.uuid}/", **more}


def test_a_project_is_made_and_read(small: SmallWorld, api: httpx2.Client) -> None:
    domain = small.world.add_science_sub_domain("1.5")
    sent = wish(
        small,
        backend_id="a_b",
        description="cold",
        end_date="2027-01-01",
        oecd_fos_2007_code="1.5",
        is_industry=True,
        science_sub_domain=domain.uuid,
    )
    made = api.post("projects/", json=sent)
    assert made.status_code == 201
    row = api.get(f"projects/{made.json()['uuid']}/").json()
    assert row == made.json()
    assert (row["backend_id"], row["end_date"]) == ("a_b", "2027-01-01")
    assert row["end_date_updated_at"] == "2026-11-24T15:00:00.000000Z"
    assert row["end_date_requested_by"].endswith(f"/users/{small.agent.uuid}/")
    assert (row["science_sub_domain_code"], row["is_industry"]) == ("1.5", True)
    assert small.world.violations == []


def test_no_backend_id_is_anybodys_own(small: SmallWorld, api: httpx2.Client) -> None:
    for _ in range(2):
        assert api.post("projects/", json=wish(small, backend_id="a_b")).status_code == 201
    assert len(api.get("projects/?backend_id=a_b").json()) == 2
    assert api.get("projects/?backend_id=a_").json() == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"customer": f"{CUSTOMERS}0/"}, "customer"),
        ({"end_date": "2026-11-23"}, "end_date"),
        ({"end_date": "soon"}, "end_date"),
        ({"science_sub_domain": "0" * 32}, "science_sub_domain"),
        ({"is_industry": "yes"}, "is_industry"),
        ({"description": None}, "description"),
    ],
)
def test_a_bad_project_is_refused(
    small: SmallWorld, api: httpx2.Client, change: Object, field: str
) -> None:
    answer = api.post("projects/", json={**wish(small), **change})
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert len(small.world.state.projects) == 1


def test_only_what_is_sent_changes(small: SmallWorld, api: httpx2.Client) -> None:
    path = f"projects/{small.project.uuid}/"
    api.patch(path, json={"description": "cold", "end_date": "2027-01-01", "is_industry": True})
    small.world.clock.advance(seconds=60)
    answer = api.patch(path, json={"name": "Ice", "end_date": "2027-01-01"})
    row = answer.json()
    assert answer.status_code == 200
    assert (row["name"], row["description"], row["is_industry"]) == ("Ice", "cold", True)
    assert row["end_date_updated_at"] == "2026-11-24T15:00:00.000000Z"


def test_an_end_that_is_taken_away_is_dated_too(small: SmallWorld, api: httpx2.Client) -> None:
    small.world.set_project_end_date(small.project, date(2027, 1, 1))
    small.world.clock.advance(seconds=60)
    row = api.patch(f"projects/{small.project.uuid}/", json={"end_date": None}).json()
    assert (row["end_date"], row["end_date_updated_at"]) == (None, "2026-11-24T15:01:00.000000Z")


def test_who_may_not_change_a_project(
    small: SmallWorld, client_of: Callable[[str], httpx2.Client]
) -> None:
    """A member sees the project, a provider of its resources too, and a stranger does not."""
    world = small.world
    provider = world.add_customer("Elsewhere")
    offering = world.add_offering(provider, "Theirs", components=("cpu",))
    manager, stranger = world.add_user("manager"), world.add_user("stranger")
    world.grant(manager, offering, Role.OFFERING_MANAGER)
    world.add_resource(small.project, offering, "theirs")
    for user, status in ((small.member, 403), (manager, 403), (stranger, 404)):
        api = client_of(f"Token {user.token}")
        path = f"projects/{small.project.uuid}/"
        assert api.patch(path, json={"name": "Mine"}).status_code == status
        assert api.get(path).status_code == (404 if status == 404 else 200)
        answer = api.post("projects/", json=wish(small))
        assert answer.status_code == 403


def test_a_person_may_hold_several_roles(small: SmallWorld, api: httpx2.Client) -> None:
    uuids = role_uuids(api)
    path = f"projects/{small.project.uuid}/"
    body = {"user": small.member.uuid, "role": uuids["PROJECT.ADMIN"]}
    answer = api.post(f"{path}add_user/", json={**body, "expiration_time": "2027-01-01T00:00:00Z"})
    assert answer.status_code == 201
    assert answer.json() == {"expiration_time": "2027-01-01T00:00:00.000000Z"}
    rows = api.get(f"{path}list_users/").json()
    assert [(r["user_uuid"], r["role_name"], r["role_uuid"]) for r in rows] == [
        (small.member.uuid, "PROJECT.MEMBER", uuids["PROJECT.MEMBER"]),
        (small.member.uuid, "PROJECT.ADMIN", uuids["PROJECT.ADMIN"]),
    ]
    assert api.post(f"{path}delete_user/", json=body).status_code == 200
    assert [r["role_name"] for r in api.get(f"{path}list_users/").json()] == ["PROJECT.MEMBER"]


def test_a_role_that_expired_is_held_no_more(small: SmallWorld, api: httpx2.Client) -> None:
    path = f"projects/{small.project.uuid}/"
    role = role_uuids(api)["PROJECT.ADMIN"]
    body = {"user": small.member.uuid, "role": role, "expiration_time": "2026-11-24T15:00:30Z"}
    api.post(f"{path}add_user/", json=body)
    assert len(api.get(f"{path}list_users/").json()) == 2
    small.world.clock.advance(seconds=31)
    assert len(api.get(f"{path}list_users/").json()) == 1
    assert api.post(f"{path}add_user/", json=body).status_code == 400


@pytest.mark.parametrize("dashed", [False, True])
@pytest.mark.parametrize(
    ("action", "role", "complaint"),
    [
        ("add_user", "PROJECT.MEMBER", "non_field_errors"),
        ("delete_user", "PROJECT.ADMIN", "non_field_errors"),
        ("add_user", "CUSTOMER.OWNER", "role"),
        ("add_user", "PROJECT.DEPUTY", "role"),
    ],
)
def test_a_role_that_cannot_be_given_or_taken(
    small: SmallWorld, api: httpx2.Client, *, action: str, role: str, complaint: str, dashed: bool
) -> None:
    small.world.add_role("PROJECT.DEPUTY")
    uuid = role_uuids(api)[role]
    user = small.member.uuid
    if dashed:
        user = f"{user[:8]}-{user[8:12]}-{user[12:16]}-{user[16:20]}-{user[20:]}"
    path = f"projects/{small.project.uuid}/{action}/"
    answer = api.post(path, json={"user": user, "role": uuid})
    assert (answer.status_code, list(answer.json())) == (400, [complaint])


def test_roles_are_given_by_managers_and_owners(
    small: SmallWorld, client_of: Callable[[str], httpx2.Client], api: httpx2.Client
) -> None:
    newcomer = small.world.add_user("bob")
    body = {"user": newcomer.uuid, "role": role_uuids(api)["PROJECT.MEMBER"]}
    as_member = client_of(f"Token {small.member.token}")
    path = f"projects/{small.project.uuid}/add_user/"
    assert as_member.post(path, json=body).status_code == 403
    small.world.grant(small.member, small.project, Role.PROJECT_MANAGER)
    assert as_member.post(path, json=body).status_code == 201


def test_a_new_member_gets_an_account(small: SmallWorld, api: httpx2.Client) -> None:
    small.world.add_resource(small.project, small.offering, "work")
    newcomer = small.world.add_user("bob")
    body = {"user": newcomer.uuid, "role": role_uuids(api)["PROJECT.MEMBER"]}
    api.post(f"projects/{small.project.uuid}/add_user/", json=body)
    account = small.world.offering_user(newcomer, small.offering)
    assert account is not None
    assert account.state == "Requested"


def test_one_listing_has_everybody_of_an_organization(
    small: SmallWorld, api: httpx2.Client, client_of: Callable[[str], httpx2.Client]
) -> None:
    other = small.world.add_project(small.customer, "Other")
    for role in (Role.PROJECT_ADMIN, Role.PROJECT_MANAGER):
        small.world.grant(small.member, other, role)
    small.world.grant(
        small.world.add_user("eve"), small.world.add_project(small.world.add_customer("X"), "Y")
    )
    path = f"customers/{small.customer.uuid}/users/"
    rows = {row["username"]: row for row in api.get(path).json()}
    assert rows.keys() == {"agent", "ada"}
    assert (rows["agent"]["role_name"], rows["agent"]["projects"]) == ("CUSTOMER.OWNER", [])
    assert rows["ada"]["role_name"] is None
    assert [(held["uuid"], held["role_name"]) for held in rows["ada"]["projects"]] == [
        (small.project.uuid, "PROJECT.MEMBER"),
        (other.uuid, "PROJECT.ADMIN"),
        (other.uuid, "PROJECT.MANAGER"),
    ]
    assert client_of(f"Token {small.member.token}").get(path).status_code == 403
    stranger = client_of(f"Token {small.world.add_user('mallory').token}")
    assert stranger.get(path).status_code == 404


def test_whom_one_sees(
    small: SmallWorld, api: httpx2.Client, client_of: Callable[[str], httpx2.Client]
) -> None:
    """A part of a name matches, so that nobody may trust the first row."""
    small.world.add_user("adalbert")
    support = client_of(f"Token {small.world.add_user('support', is_support=True).token}")
    assert [u["username"] for u in api.get("users/?username=ada").json()] == ["ada"]
    found = support.get("users/?username=ada&field=username&field=email").json()
    assert found == [
        {"username": "ada", "email": "ada@example.org"},
        {"username": "adalbert", "email": "adalbert@example.org"},
    ]
    assert support.patch(f"projects/{small.project.uuid}/", json={}).status_code == 403


def test_roles_match_in_part_too(small: SmallWorld, api: httpx2.Client) -> None:
    small.world.add_role("OLD PROJECT.ADMIN")
    names = [row["name"] for row in api.get("roles/?name=PROJECT.ADMIN").json()]
    assert names == ["OLD PROJECT.ADMIN", "PROJECT.ADMIN"]


def test_what_one_may_order(small: SmallWorld, client_of: Callable[[str], httpx2.Client]) -> None:
    api = client_of(f"Token {small.world.add_user('anybody').token}")
    old = small.world.add_plan(small.offering, "Old")
    small.world.archive_plan(old)
    path = f"marketplace-public-offerings/{small.offering.uuid}/"
    row = api.get(path).json()
    assert [one["type"] for one in row["components"]] == ["cpu", "mem", "gres/gpu"]
    plans = api.get(f"{path}plans/").json()
    assert [(plan["name"], plan["is_active"]) for plan in plans] == [
        ("Standard", True),
        ("Old", False),
    ]


def test_nothing_is_sold_by_an_archived_plan(small: SmallWorld, api: httpx2.Client) -> None:
    small.world.archive_plan(small.plan)
    root = "http://mastermind.test/api"
    body = {
        "offering": f"{root}/marketplace-public-offerings/{small.offering.uuid}/",
        "project": f"{root}/projects/{small.project.uuid}/",
        "plan": f"{root}/marketplace-plans/{small.plan.uuid}/",
        "attributes": {"name": "x"},
    }
    answer = api.post("marketplace-orders/", json=body)
    assert (answer.status_code, list(answer.json())) == (400, ["plan"])


@pytest.mark.parametrize("side", ["marketplace-resources", "marketplace-provider-resources"])
def test_a_resource_ends_by_the_wish_of_either_side(
    small: SmallWorld, api: httpx2.Client, side: str
) -> None:
    resource = small.world.add_resource(small.project, small.offering, "work")
    path = f"{side}/{resource.uuid}/"
    assert api.post(f"{path}set_end_date/", json={"end_date": "2027-01-01"}).status_code == 200
    row = api.get(path).json()
    assert (row["end_date"], row["end_date_updated_at"]) == (
        "2027-01-01",
        "2026-11-24T15:00:00.000000Z",
    )
    assert row["end_date_requested_by"].endswith(f"/users/{small.agent.uuid}/")
    assert api.post(f"{path}set_end_date/", json={"end_date": "2026-11-23"}).status_code == 400
    api.post(f"{path}set_end_date/", json={"end_date": None})
    assert api.get(path).json()["end_date"] is None


def test_a_member_does_not_end_a_resource(
    small: SmallWorld, client_of: Callable[[str], httpx2.Client]
) -> None:
    resource = small.world.add_resource(small.project, small.offering, "work")
    path = f"marketplace-resources/{resource.uuid}/set_end_date/"
    answer = client_of(f"Token {small.member.token}").post(path, json={"end_date": None})
    assert answer.status_code == 403


def test_the_far_sides_name(small: SmallWorld, api: httpx2.Client) -> None:
    resource = small.world.add_resource(small.project, small.offering, "work")
    path = f"marketplace-provider-resources/{resource.uuid}/set_effective_id/"
    assert api.post(path, json={"effective_id": "b_work"}).status_code == 200
    assert resource.effective_id == "b_work"


def test_the_provider_is_played_in_a_word(small: SmallWorld) -> None:
    world = small.world
    order = world.order_create(small.project, small.offering, "work", limits={"cpu": 1})
    world.carry_out(order, backend_id="b_work")
    assert (order.state, order.resource.state) == (OrderState.DONE, "OK")
    assert order.resource.backend_id == "b_work"
    change = world.order_update(order.resource, {"cpu": 2})
    world.move_order(change, "approve_by_provider")
    world.carry_out(change)
    assert (order.resource.limits, order.resource.backend_id) == ({"cpu": 2}, "b_work")
    end = world.order_terminate(order.resource)
    world.fail_order(end, "No.")
    assert (end.state, end.error_message, order.resource.state) == (
        OrderState.ERRED,
        "No.",
        "Erred",
    )
