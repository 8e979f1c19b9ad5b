"""Credentials, strictness, lacking endpoints, and that every door gives the same answer."""

from collections.abc import Callable

import httpx2
import pytest

from waldur_site_agent_testkit.mastermind import DropConnection, Hang, World
from waldur_site_agent_testkit.mastermind.api.exchange import ConnectionLostError, NoAnswerError
from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_testkit.mastermind.example import SmallWorld, small_world
from waldur_site_agent_testkit.mastermind.server import MastermindServer

NO_CREDENTIALS = "Authentication credentials were not provided."


@pytest.mark.parametrize(
    ("authorization", "detail"),
    [
        ("", NO_CREDENTIALS),
        ("Token", NO_CREDENTIALS),
        ("Basic abc", NO_CREDENTIALS),
        ("Token nonsense", "Invalid token."),
        ("Bearer nonsense", "Invalid token."),
        ("Bearer {token}", "Invalid token."),
        ("Token {token}", None),
        ("Bearer pat", None),
    ],
)
def test_credentials(
    small: SmallWorld,
    client_of: Callable[[str], httpx2.Client],
    authorization: str,
    detail: str | None,
) -> None:
    small.world.accept_bearer(small.agent, "pat")

    answer = client_of(authorization.format(token=small.token)).get("users/me/")

    if detail is None:
        assert answer.json()["uuid"] == small.agent.uuid
    else:
        assert (answer.status_code, answer.json()) == (401, {"detail": detail})


def test_a_bearer_expires(small: SmallWorld, client_of: Callable[[str], httpx2.Client]) -> None:
    small.world.accept_bearer(small.agent, "oidc")
    client = client_of("Bearer oidc")

    assert client.get("version/").status_code == 200
    small.world.refuse_bearer("oidc")
    assert client.get("version/").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status", "content"),
    [
        ("GET", "nonsense/", 404, "text/html; charset=utf-8"),
        ("GET", "version", 404, "text/html; charset=utf-8"),
        ("GET", "marketplace-orders/00000000000000000000000000000000/", 404, "application/json"),
        ("GET", "marketplace-orders/nonsense/", 404, "application/json"),
        ("DELETE", "version/", 405, "application/json"),
    ],
)
def test_what_is_not_there(
    api: httpx2.Client, method: str, path: str, status: int, content: str
) -> None:
    answer = api.request(method, path)

    assert (answer.status_code, answer.headers["content-type"]) == (status, content)


def test_violations_are_remembered(small: SmallWorld, api: httpx2.Client) -> None:
    order = small.world.order_create(small.project, small.offering, "work")
    resource = f"marketplace-provider-resources/{order.resource.uuid}"

    api.post(f"marketplace-orders/{order.uuid}/approve_by_provider/", json={"why": 1})
    api.get("marketplace-orders/?modified_after=2020-01-01")
    api.post(f"{resource}/set_limits/", json={"limits": {"tape": 1}})
    api.get("nonsense/")

    assert [(v.kind, v.name) for v in small.world.violations] == [
        ("unknown key", "why"),
        ("unknown filter", "modified_after"),
        ("unknown component", "tape"),
        ("unrouted path", "/api/nonsense/"),
    ]


@pytest.mark.parametrize(
    ("content", "media", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"a=b", "application/x-www-form-urlencoded", 415),
        (b'{"backend_id": "x"}', "application/json; charset=utf-8", 200),
    ],
)
def test_bodies_are_json_objects(
    small: SmallWorld, api: httpx2.Client, content: bytes, media: str, status: int
) -> None:
    order = small.world.order_create(small.project, small.offering, "work")

    answer = api.post(
        f"marketplace-orders/{order.uuid}/set_backend_id/",
        content=content,
        headers={"content-type": media},
    )

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("lack", "method", "path"),
    [
        ("site-agent-identities", "GET", "marketplace-site-agent-identities/"),
        ("marketplace-plans", "GET", "marketplace-plans/"),
        ("check_unique_backend_id", "POST", "{offering}/check_unique_backend_id/"),
    ],
)
def test_an_older_server_lacks_endpoints(lack: str, method: str, path: str) -> None:
    old = small_world(lacks={lack})
    offering = f"marketplace-provider-offerings/{old.offering.uuid}"
    headers = {"authorization": f"Token {old.token}"}

    with httpx2.Client(transport=transport(old.world), base_url="http://m/api/") as client:
        lacking = client.request(method, path.format(offering=offering), headers=headers)
        other = client.get(f"{offering}/", headers=headers)

    assert (lacking.status_code, other.status_code) == (404, 200)
    assert lacking.headers["content-type"].startswith("text/html")


def test_nobody_lacks_what_does_not_exist() -> None:
    with pytest.raises(ValueError, match="chek_unique"):
        World(lacks={"chek_unique"})


def test_equal_seeds_give_equal_worlds() -> None:
    assert small_world(seed=7).token == small_world(seed=7).token != small_world(seed=8).token


def test_both_doors_give_the_same_answers(
    mastermind: MastermindServer, mastermind_world: SmallWorld
) -> None:
    world = mastermind.world
    world.clock.set(world.clock.now())
    order = world.order_create(mastermind_world.project, mastermind_world.offering, "work")
    done = f"/api/marketplace-orders/{order.uuid}/set_state_done/"
    headers = {"authorization": f"Token {mastermind_world.token}"}
    host = mastermind.url.removeprefix("http://")
    with httpx2.Client(base_url=mastermind.url, headers=headers) as client:
        for method, path, query in [
            ("GET", "/api/users/me/", ""),
            ("GET", "/api/marketplace-orders/", "page_size=1&state=pending-provider"),
            ("HEAD", "/api/marketplace-orders/", ""),
            ("GET", "/api/marketplace-orders/", "page=9"),
            ("POST", done, ""),
            ("GET", "/api/nonsense/", ""),
        ]:
            direct = world.handle(method, path, query, {**headers, "host": host})
            over_http = client.request(method, f"{path}?{query}")

            assert over_http.status_code == direct.status
            assert over_http.content == direct.body
            assert direct.headers.items() <= dict(over_http.headers).items()


@pytest.mark.parametrize(
    ("action", "error"), [(DropConnection(), ConnectionLostError), (Hang(), NoAnswerError)]
)
def test_the_bare_door_breaks_too(
    small: SmallWorld, action: DropConnection | Hang, error: type[Exception]
) -> None:
    small.world.faults.add(match="version", action=action)

    with pytest.raises(error):
        small.world.handle("GET", "/api/version/")


def test_calls_are_recorded(small: SmallWorld, api: httpx2.Client) -> None:
    order = small.world.order_create(small.project, small.offering, "work")

    api.post(f"marketplace-orders/{order.uuid}/set_backend_id/", json={"backend_id": "remote"})
    api.get("marketplace-orders/?state=done")

    first, second = small.world.calls
    assert (first.method, first.body, first.status) == ("POST", {"backend_id": "remote"}, 200)
    assert (second.path, second.query) == ("/api/marketplace-orders/", "state=done")
