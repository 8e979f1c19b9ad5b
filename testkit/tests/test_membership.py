"""Teams, roles, accounts and consent."""

from datetime import timedelta

import httpx2
import pytest

from waldur_site_agent_testkit.mastermind import WrongStateError
from waldur_site_agent_testkit.mastermind.example import SmallWorld
from waldur_site_agent_testkit.mastermind.shapes import Object
from waldur_site_agent_testkit.mastermind.state import OfferingUser, Role

ADA = "ada"


def team_of(api: httpx2.Client, small: SmallWorld, query: str = "") -> list[dict[str, object]]:
    resource = next(iter(small.world.state.resources))
    answer = api.get(f"marketplace-provider-resources/{resource}/team/{query}")
    assert answer.status_code == 200
    rows: list[dict[str, object]] = answer.json()
    return rows


def account_of(small: SmallWorld) -> OfferingUser:
    account = small.world.offering_user(small.member, small.offering)
    assert account is not None
    return account


def test_a_resource_that_becomes_ok_opens_accounts(small: SmallWorld) -> None:
    order = small.world.order_create(small.project, small.offering, "work")
    small.world.move_order(order, "approve_by_provider")
    assert small.world.offering_user(small.member, small.offering) is None

    small.world.move_order(order, "set_state_done")

    account = account_of(small)
    assert (account.state, account.username) == ("Requested", "")


def test_a_role_opens_an_account_where_there_are_resources(small: SmallWorld) -> None:
    world = small.world
    bob, eve = world.add_user("bob"), world.add_user("eve")
    world.grant(bob, small.project)
    assert world.offering_user(bob, small.offering) is None
    world.add_resource(small.project, small.offering, "work")
    world.grant(eve, small.project)

    assert world.offering_user(bob, small.offering) is not None
    assert world.offering_user(eve, small.offering) is not None


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({}, None),
        ({"service_provider_can_create_offering_user": False}, None),
        ({"service_provider_can_create_offering_user": True}, ("Requested", "")),
        (
            {
                "service_provider_can_create_offering_user": True,
                "username_generation_policy": "waldur_username",
            },
            ("OK", ADA),
        ),
    ],
)
def test_options_decide_about_accounts(
    small: SmallWorld, options: Object, found: tuple[str, str] | None
) -> None:
    offering = small.world.add_offering(small.customer, "Other", plugin_options=options)
    small.world.add_resource(small.project, offering, "work")

    account = small.world.offering_user(small.member, offering)

    assert (account and (account.state, account.username)) == found


def test_an_unknown_policy_is_said_at_once(small: SmallWorld) -> None:
    options = {"username_generation_policy": "dice"}

    with pytest.raises(ValueError, match="dice"):
        small.world.add_offering(small.customer, "Other", plugin_options=options)


def test_a_team_row(small: SmallWorld, api: httpx2.Client) -> None:
    small.world.add_resource(small.project, small.offering, "work")
    small.world.set_username(small.member, small.offering, "ada01")

    (row,) = team_of(api, small)

    assert row == {
        "url": f"http://mastermind.test/api/users/{small.member.uuid}/",
        "uuid": small.member.uuid,
        "username": ADA,
        "full_name": "Ada Lovelace",
        "email": "ada@example.org",
        "role": "member",
        "expiration_time": None,
        "offering_user_username": "ada01",
        "offering_user_state": "OK",
    }


def test_one_row_a_person_with_the_highest_role(small: SmallWorld, api: httpx2.Client) -> None:
    world = small.world
    world.add_resource(small.project, small.offering, "work")
    for role in (Role.PROJECT_ADMIN, Role.PROJECT_MANAGER):
        world.grant(small.member, small.project, role)

    assert [row["role"] for row in team_of(api, small)] == ["manager"]
    world.revoke(small.member, small.project, Role.PROJECT_MANAGER)
    assert [row["role"] for row in team_of(api, small)] == ["admin"]
    world.revoke(small.member, small.project)
    assert team_of(api, small) == []


def test_a_role_expires(small: SmallWorld, api: httpx2.Client) -> None:
    world = small.world
    world.add_resource(small.project, small.offering, "work")
    world.revoke(small.member, small.project)
    world.grant(small.member, small.project, expires=world.clock.now() + timedelta(hours=1))

    assert len(team_of(api, small)) == 1
    world.clock.advance(seconds=3601)
    assert team_of(api, small) == []


def test_consent(small: SmallWorld, api: httpx2.Client) -> None:
    small.world.add_resource(small.project, small.offering, "work")
    users = "marketplace-offering-users/?has_consent="

    assert (team_of(api, small, "?has_consent=true"), api.get(f"{users}true").json()) == ([], [])
    small.world.give_consent(small.member, small.offering)
    assert len(team_of(api, small, "?has_consent=true")) == 1
    assert [row["has_consent"] for row in api.get(f"{users}true").json()] == [True]
    assert api.get(f"{users}false").json() == []
    small.world.withdraw_consent(small.member, small.offering)
    assert team_of(api, small, "?has_consent=true") == []


@pytest.mark.parametrize(
    ("exposed", "keys"),
    [
        ([], set()),
        (["email"], {"user_email"}),
        (["username"], {"user_username"}),
        (["full_name"], {"user_full_name", "user_first_name", "user_last_name"}),
    ],
)
def test_only_exposed_attributes_are_told(
    small: SmallWorld, api: httpx2.Client, exposed: list[str], keys: set[str]
) -> None:
    offering = small.world.add_offering(small.customer, "Discreet", exposed_fields=exposed)
    account = small.world.open_account(small.member, offering)

    row = api.get(f"marketplace-offering-users/{account.uuid}/").json()
    config = api.get(
        f"marketplace-provider-offerings/{offering.uuid}/user-attribute-config/"
    ).json()

    assert {k for k in row if k.startswith("user_")} - {"user_uuid"} == keys
    assert config["exposed_fields"] == exposed
    assert config["expose_email"] is ("email" in exposed)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 2),
        ("?state=OK", 1),
        ("?state=Requested&state=OK", 2),
        ("?state=Pending+account+linking", 0),
        ("?is_restricted=false", 1),
        ("?is_restricted=true", 1),
        ("?username=ada01", 1),
        ("?user_username=bob", 1),
        ("?runtime_state=Active", 2),
    ],
)
def test_filters(small: SmallWorld, api: httpx2.Client, query: str, count: int) -> None:
    small.world.set_username(small.member, small.offering, "ada01")
    bob = small.world.open_account(small.world.add_user("bob"), small.offering)
    small.world.restrict(bob)

    answer = api.get(f"marketplace-offering-users/{query}")

    assert answer.headers["x-result-count"] == str(count)
    assert small.world.violations == []


def test_comments_come_and_go(small: SmallWorld, api: httpx2.Client) -> None:
    account = small.world.open_account(small.member, small.offering)
    path = f"marketplace-offering-users/{account.uuid}"
    api.post(f"{path}/begin_creating/")

    api.post(f"{path}/set_pending_account_linking/", json={"comment": "link", "comment_url": "u"})
    assert account.service_provider_comment == "link"
    api.post(f"{path}/set_validation_complete/")
    assert (account.state, account.service_provider_comment) == ("OK", "")


@pytest.mark.parametrize(("known", "sent"), [("", ""), ("ada01", ""), ("ada01", "ada01")])
def test_only_a_new_username_finishes_an_account(
    small: SmallWorld, api: httpx2.Client, known: str, sent: str
) -> None:
    account = small.world.open_account(small.member, small.offering)
    account.username = known

    api.patch(f"marketplace-offering-users/{account.uuid}/", json={"username": sent})

    assert (account.state, account.username) == ("Requested", sent)


def test_an_account_is_deleted_step_by_step(small: SmallWorld, api: httpx2.Client) -> None:
    account = small.world.set_username(small.member, small.offering, "ada01")
    path = f"marketplace-offering-users/{account.uuid}"

    assert api.post(f"{path}/set_deleting/").status_code == 409
    small.world.move_account(account, "request_deletion")
    steps = ("set_deleting", "set_error_deleting", "set_deleting", "set_deleted")
    statuses = [api.post(f"{path}/{step}/").status_code for step in steps]

    assert (statuses, account.state, account.username) == ([200] * 4, "Deleted", "ada01")
    with pytest.raises(WrongStateError, match="OK"):
        small.world.move_account(account, "request_deletion")
