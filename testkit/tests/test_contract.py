"""What any Mastermind does: these run against a real one too.

Set WALDUR_TESTKIT_URL and WALDUR_TESTKIT_TOKEN to the address and a staff token of a test server;
otherwise they run against the in-process one. They only read, or ask for what must be refused.
"""

from uuid import uuid4

import httpx2
import pytest

LISTINGS = (
    "marketplace-orders",
    "marketplace-provider-resources",
    "marketplace-provider-offerings",
    "marketplace-offering-users",
    "marketplace-service-providers",
    "marketplace-plans",
    "marketplace-resources",
    "projects",
    "users",
    "roles",
)


def test_the_version(contract: httpx2.Client) -> None:
    assert isinstance(contract.get("version/").json()["version"], str)


def test_who_am_i(contract: httpx2.Client) -> None:
    me = contract.get("users/me/").json()

    assert me.keys() >= {"uuid", "username", "full_name", "email", "is_staff", "permissions"}
    assert len(me["uuid"]) == 32


@pytest.mark.parametrize(
    ("authorization", "detail"),
    [
        ("", "Authentication credentials were not provided."),
        ("Token 0123456789012345678901234567890123456789", "Invalid token."),
    ],
)
def test_credentials(contract: httpx2.Client, authorization: str, detail: str) -> None:
    answer = contract.get("users/me/", headers={"authorization": authorization})

    assert (answer.status_code, answer.json()) == (401, {"detail": detail})


@pytest.mark.parametrize("listing", LISTINGS)
def test_a_listing(contract: httpx2.Client, listing: str) -> None:
    page = contract.get(f"{listing}/", params={"page_size": 1})
    head = contract.head(f"{listing}/")

    assert page.status_code == 200
    assert len(page.json()) <= 1
    assert {"first", "last"} <= page.links.keys() or int(page.headers["x-result-count"]) <= 1
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["x-result-count"] == page.headers["x-result-count"]


@pytest.mark.parametrize("listing", LISTINGS)
def test_no_page_past_the_end(contract: httpx2.Client, listing: str) -> None:
    answer = contract.get(f"{listing}/", params={"page": 1_000_000})

    assert (answer.status_code, answer.json()) == (404, {"detail": "Invalid page."})


@pytest.mark.parametrize(
    ("listing", "model"),
    [("marketplace-orders", "Order"), ("marketplace-provider-resources", "Resource")],
)
def test_no_such_object(contract: httpx2.Client, listing: str, model: str) -> None:
    answer = contract.get(f"{listing}/{uuid4().hex}/")

    assert answer.status_code == 404
    assert answer.json() == {"detail": f"No {model} matches the given query."}


def test_an_unrouted_path_is_a_page(contract: httpx2.Client) -> None:
    answer = contract.get("no-such-endpoint/")

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_orders_by_state(contract: httpx2.Client) -> None:
    query = "state=pending-provider&state=executing&field=uuid&field=state&field=nonsense"

    rows = contract.get(f"marketplace-orders/?{query}").json()

    assert {row["state"] for row in rows} <= {"pending-provider", "executing"}
    assert all(row.keys() == {"uuid", "state"} for row in rows)


def test_an_order_that_does_not_execute_cannot_be_done(contract: httpx2.Client) -> None:
    query = "state=pending-provider&state=done&page_size=1"
    rows = contract.get(f"marketplace-orders/?{query}").json()
    if not rows:
        pytest.skip("The server has no order that waits or is done.")

    answer = contract.post(f"marketplace-orders/{rows[0]['uuid']}/set_state_done/")

    assert (answer.status_code, answer.json()) == (
        409,
        {"detail": "Valid states for operation: executing."},
    )
