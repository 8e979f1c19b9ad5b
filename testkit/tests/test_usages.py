"""Usages: under which month they are filed, and what is refused."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import httpx2
import pytest

from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_testkit.mastermind.example import SmallWorld
from waldur_site_agent_testkit.mastermind.state import ComponentUsage, Resource

USAGES = "marketplace-component-usages/"
USERS = "marketplace-component-user-usages/"
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


@pytest.fixture
def resource(small: SmallWorld) -> Resource:
    small.world.clock.set(NOW)
    return small.world.add_resource(small.project, small.offering, "work", backend_id="w")


@pytest.fixture
def whole(small: SmallWorld, resource: Resource) -> ComponentUsage:
    return small.world.use(resource, "cpu", "5.00", NOW)


def set_usage(
    api: httpx2.Client, resource: Resource, *, amount: str = "1.50", kind: str = "cpu", **more: str
) -> httpx2.Response:
    usages = [{"type": kind, "amount": amount, "recurring": False}]
    body = {"resource": resource.uuid, "usages": usages, **more}
    return api.post(f"{USAGES}set_usage/", json=body)


@pytest.mark.parametrize(
    ("moment", "period"),
    [
        (None, NOVEMBER),
        ("2026-11-01T00:00:00+00:00", NOVEMBER),
        ("2026-10-31T23:59:59Z", OCTOBER),
        # Midnight of the first of November in Tallinn: October, in UTC.
        ("2026-11-01T00:00:00+02:00", OCTOBER),
        ("2026-10-31T20:00:00-06:00", NOVEMBER),
    ],
)
def test_usage_is_filed_by_the_month_of_its_moment_in_utc(
    small: SmallWorld, api: httpx2.Client, resource: Resource, moment: str | None, period: date
) -> None:
    answer = set_usage(api, resource, **({"date": moment} if moment else {}))
    assert (answer.status_code, answer.content) == (201, b"")
    assert small.world.usages(resource, period) == {"cpu": Decimal("1.50")}


def test_usage_that_is_told_again_is_replaced(
    small: SmallWorld, api: httpx2.Client, resource: Resource
) -> None:
    set_usage(api, resource)
    set_usage(api, resource, amount="0.50")
    assert small.world.usages(resource, NOVEMBER) == {"cpu": Decimal("0.50")}
    assert len(small.world.state.component_usages) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"amount": "1.005"}, "no more than 2 decimal places"),
        ({"amount": "-1"}, "greater than or equal to 0"),
        ({"amount": "much"}, "A valid number is required"),
        ({"amount": "NaN"}, "A valid number is required"),
        ({"kind": "odd"}, "not found or not billed by usage"),
        ({"date": "soon"}, "Datetime has wrong format"),
        ({"date": "2026-12-01T00:00:00Z"}, "in the future"),
    ],
)
def test_what_is_refused(
    small: SmallWorld, api: httpx2.Client, resource: Resource, words: dict[str, str], said: str
) -> None:
    answer = set_usage(api, resource, **words)
    assert answer.status_code == 400
    assert said in answer.text
    assert not small.world.state.component_usages


def test_an_erred_resource_takes_no_usage(
    small: SmallWorld, api: httpx2.Client, resource: Resource
) -> None:
    small.world.fail_resource(resource)
    assert set_usage(api, resource).status_code == 400


def test_only_staff_may_write_a_month_that_is_closed(
    small: SmallWorld, api: httpx2.Client, resource: Resource
) -> None:
    small.world.close_past()
    answer = set_usage(api, resource, date="2026-10-01T00:00:00Z")
    assert answer.status_code == 400
    assert "backfilling past billing periods" in answer.text
    assert set_usage(api, resource, date="2026-11-01T00:00:00Z").status_code == 201
    staff = small.world.add_user("root", is_staff=True)
    api.headers["Authorization"] = f"Token {staff.token}"
    assert set_usage(api, resource, date="2026-10-01T00:00:00Z").status_code == 201


def test_a_server_of_2024_goes_by_its_own_clock(
    small: SmallWorld, api: httpx2.Client, resource: Resource
) -> None:
    small.world.file_under_now()
    set_usage(api, resource, date="2026-10-01T00:00:00Z")
    assert small.world.usages(resource, NOVEMBER) == {"cpu": Decimal("1.50")}


def test_many_users_are_written_at_once(
    small: SmallWorld, api: httpx2.Client, whole: ComponentUsage
) -> None:
    account = small.world.set_username(small.member, small.offering, "ada01")
    url = f"http://mastermind.test/api/marketplace-offering-users/{account.uuid}/"
    usages = [{"username": "ada01", "usage": "2.00", "user": url}, {"username": "x", "usage": "3"}]
    answer = api.post(f"{USAGES}{whole.uuid}/set_user_usages/", json={"usages": usages})
    assert (answer.status_code, answer.content) == (201, b"")
    rows = {row["username"]: row for row in api.get(USERS).json()}
    assert rows["ada01"]["user"] == url
    assert (rows["x"]["user"], rows["x"]["usage"]) == (None, "3.00")
    assert rows["x"]["component_usage"].endswith(f"/{whole.uuid}/")


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": "", "usage": "1"},
        {"username": "b", "usage": "1.001"},
        {"username": "b"},
        {"username": "b", "usage": "1", "user": "http://mastermind.test/api/users/1/"},
    ],
)
def test_of_many_users_all_are_written_or_none(
    small: SmallWorld, api: httpx2.Client, whole: ComponentUsage, wrong: dict[str, str]
) -> None:
    usages = [{"username": "a", "usage": "1"}, wrong]
    answer = api.post(f"{USAGES}{whole.uuid}/set_user_usages/", json={"usages": usages})
    assert answer.status_code == 400
    assert not small.world.state.user_usages


def test_one_user_is_written_as_on_an_old_server(
    small: SmallWorld, api: httpx2.Client, whole: ComponentUsage
) -> None:
    body = {"username": "a", "usage": "1.00"}
    assert api.post(f"{USAGES}{whole.uuid}/set_user_usage/", json=body).status_code == 201
    assert small.world.user_usages(whole.resource, NOVEMBER) == {("a", "cpu"): Decimal("1.00")}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 2),
        ("?billing_period=2026-11-01", 1),
        ("?billing_period=2026-09-01", 0),
        ("?offering_uuid={offering}&billing_period=2026-10-01", 1),
        ("?offering_uuid={resource}", 0),
        ("?resource_uuid={resource}", 2),
        ("?type=mem", 0),
    ],
)
def test_usages_are_filtered(
    small: SmallWorld, api: httpx2.Client, resource: Resource, query: str, found: int
) -> None:
    for moment in (NOW, NOW.replace(month=10)):
        small.world.use_by_user(small.world.use(resource, "cpu", "1.00", moment), "ada", "1.00")
    asked = query.format(offering=small.offering.uuid, resource=resource.uuid)
    assert len(api.get(f"{USAGES}{asked}").json()) == found
    if "type" not in query:
        of_users = asked.replace("billing_period", "component_usage__billing_period")
        assert len(api.get(f"{USERS}{of_users}").json()) == found
    assert api.get(f"{USAGES}?billing_period=soon").status_code == 400


def test_who_has_a_role_in_the_project_sees_usage_and_others_do_not(
    small: SmallWorld, client_of: Callable[[str], httpx2.Client], whole: ComponentUsage
) -> None:
    small.world.use_by_user(whole, "ada", "1.00")
    member = client_of(f"Token {small.member.token}")
    stranger = client_of(f"Token {small.world.add_user('eve').token}")
    assert [row["uuid"] for row in member.get(USAGES).json()] == [whole.uuid]
    assert len(member.get(USERS).json()) == 1
    assert (stranger.get(USAGES).json(), stranger.get(USERS).json()) == ([], [])


def test_who_does_not_manage_the_offering_does_not_write(
    small: SmallWorld, whole: ComponentUsage
) -> None:
    headers = {"Authorization": f"Token {small.member.token}"}
    base = "http://mastermind.test/api/"
    with httpx2.Client(transport=transport(small.world), base_url=base, headers=headers) as api:
        assert set_usage(api, whole.resource).status_code == 400
        body = {"usages": [{"username": "a", "usage": "1"}]}
        answer = api.post(f"{USAGES}{whole.uuid}/set_user_usages/", json=body)
        assert answer.status_code == 404
