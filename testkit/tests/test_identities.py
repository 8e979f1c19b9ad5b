"""People whom others vouch for."""

from collections.abc import Callable

import httpx2
import pytest

from waldur_site_agent_testkit.mastermind.example import SmallWorld
from waldur_site_agent_testkit.mastermind.shapes import Object

SOURCE = "isd:efp"
ADA: Object = {"username": "ada@idp", "source": SOURCE, "first_name": "Ada", "birth_date": None}


@pytest.fixture
def bridge(small: SmallWorld, api: httpx2.Client) -> httpx2.Client:
    """Speak as an identity manager of the source."""
    small.world.let_vouch(small.agent, SOURCE)
    return api


def person(small: SmallWorld, uuid: str) -> Object:
    user = small.world.state.users[uuid]
    return {
        "name": user.full_name,
        "active": user.is_active,
        "isds": list(user.active_isds),
        **user.profile,
    }


def test_a_push_makes_an_account_and_renews_it(small: SmallWorld, bridge: httpx2.Client) -> None:
    first = bridge.post("identity-bridge/", json=ADA).json()
    assert (first["created"], first["updated_fields"]) == (True, ["first_name"])
    second = bridge.post("identity-bridge/", json={**ADA, "affiliations": ["staff"]}).json()
    assert second == {"uuid": first["uuid"], "created": False, "updated_fields": ["affiliations"]}
    assert person(small, first["uuid"]) == {
        "name": "Ada",
        "active": True,
        "isds": [SOURCE],
        "affiliations": ["staff"],
    }
    assert small.world.violations == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"source": ""}, "source"),
        ({"username": None}, "username"),
        ({"gender": 5}, "gender"),
        ({"affiliations": "staff"}, "affiliations"),
        ({"affiliations": [1]}, "affiliations"),
        ({"birth_date": "long ago"}, "birth_date"),
        ({"civil_number": "1"}, "civil_number"),
    ],
)
def test_what_is_not_taken_is_named(
    small: SmallWorld, bridge: httpx2.Client, change: Object, field: str
) -> None:
    small.world.take_identity_fields({"first_name", "birth_date", "gender", "affiliations"})
    answer = bridge.post("identity-bridge/", json={**ADA, **change})
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_which_attributes_are_taken_is_told(small: SmallWorld, bridge: httpx2.Client) -> None:
    path = "identity-bridge/allowed-fields/"
    assert "nationality" in bridge.get(path).json()["allowed_fields"]
    small.world.take_identity_fields({"email"})
    assert bridge.get(path).json() == {"allowed_fields": ["email"]}


def test_whom_no_source_knows_is_deactivated(small: SmallWorld, bridge: httpx2.Client) -> None:
    small.world.let_vouch(small.agent, "isd:other")
    uuid = bridge.post("identity-bridge/", json=ADA).json()["uuid"]
    bridge.post("identity-bridge/", json={**ADA, "source": "isd:other"})
    for source, gone in (("isd:other", False), (SOURCE, True)):
        body = {"username": "ada@idp", "source": source}
        answer = bridge.post("identity-bridge/remove/", json=body)
        assert answer.json() == {"uuid": uuid, "deactivated": gone}
    bridge.post("identity-bridge/", json=ADA)
    assert person(small, uuid)["active"] is True
    unknown = {"username": "eve@idp", "source": SOURCE}
    assert bridge.post("identity-bridge/remove/", json=unknown).status_code == 404


def test_nobody_speaks_for_a_source_of_others(small: SmallWorld, bridge: httpx2.Client) -> None:
    foreign = {**ADA, "source": "isd:other"}
    assert bridge.post("identity-bridge/", json=foreign).status_code == 403
    gone = {"username": "ada", "source": "isd:other"}
    assert bridge.post("identity-bridge/remove/", json=gone).status_code == 403
    assert small.member.is_active


def test_a_cuid_is_looked_up_at_eduteams(small: SmallWorld, bridge: httpx2.Client) -> None:
    small.world.add_to_eduteams("bob@idp", first_name="Bob", email="bob@example.org")
    found = bridge.post("remote-eduteams/", json={"cuid": "bob@idp"})
    assert small.world.state.users[found.json()["uuid"]].email == "bob@example.org"
    assert bridge.post("remote-eduteams/", json={"cuid": "bob@idp"}).json() == found.json()
    assert bridge.post("remote-eduteams/", json={"cuid": "eve@idp"}).status_code == 404
    assert bridge.post("remote-eduteams/", json={}).status_code == 400


def test_eduteams_answers_to_identity_managers(
    small: SmallWorld, client_of: Callable[[str], httpx2.Client]
) -> None:
    small.world.add_to_eduteams("bob@idp")
    api = client_of(f"Token {small.member.token}")
    assert api.post("remote-eduteams/", json={"cuid": "bob@idp"}).status_code == 403


def test_sciences_have_codes_and_no_filter_by_them(small: SmallWorld, api: httpx2.Client) -> None:
    for code in ("1.1", "1.2"):
        small.world.add_science_sub_domain(code)
    rows = api.get("science-sub-domains/?code=1.1").json()
    assert [row["code"] for row in rows] == ["1.1", "1.2"]
    assert [violation.kind for violation in small.world.violations] == ["unknown filter"]
