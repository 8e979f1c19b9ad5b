"""A remote system of one's own: routes, what was asked, outages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest

from waldur_site_agent_testkit.remote import Answer, Asked, Remote

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def remote() -> Iterator[Remote]:
    with Remote() as remote:
        yield remote


def test_a_route_is_given_the_parts_of_its_path_the_query_and_the_body(remote: Remote) -> None:
    @remote.route("PUT", "/projects/{id}/members/{name}")
    def _(asked: Asked) -> Answer:
        return Answer([dict(asked.parts), asked.one("force"), asked.json()], status=202)

    answer = httpx2.put(f"{remote.url}/projects/7/members/a%20b?force=1", json={"role": "admin"})

    assert answer.status_code == 202
    assert answer.json() == [{"id": "7", "name": "a b"}, "1", {"role": "admin"}]


def test_a_starred_part_takes_all_that_is_left(remote: Remote) -> None:
    remote.route("GET", "/files/{path*}")(lambda asked: Answer(asked.parts["path"]))

    assert httpx2.get(f"{remote.url}/files/a/b/c").json() == "a/b/c"


def test_the_first_route_that_fits_answers(remote: Remote) -> None:
    remote.route("GET", "/users/me")(lambda _: Answer("me"))
    remote.route("GET", "/users/{name}")(lambda _: Answer("somebody"))

    assert httpx2.get(f"{remote.url}/users/me").json() == "me"
    assert httpx2.get(f"{remote.url}/users/ada").json() == "somebody"


@pytest.mark.parametrize("asked", [("POST", "/known"), ("GET", "/known/more"), ("GET", "/")])
def test_what_no_route_takes_is_not_found_and_remembered(
    remote: Remote, asked: tuple[str, str]
) -> None:
    remote.route("GET", "/known")(lambda _: Answer())
    method, path = asked

    assert httpx2.request(method, remote.url + path).status_code == 404
    assert [(one.method, one.path) for one in remote.unanswered] == [asked]


def test_an_outage_is_a_503_for_everything_until_it_ends(remote: Remote) -> None:
    remote.route("GET", "/known")(lambda _: Answer(b"as it is", headers={"X-More": "yes"}))

    remote.down = True
    assert httpx2.get(f"{remote.url}/known").status_code == 503
    remote.down = False
    answer = httpx2.get(f"{remote.url}/known")

    assert (answer.content, answer.headers["X-More"]) == (b"as it is", "yes")
    assert [one.path for one in remote.asked] == ["/known", "/known"]
    assert remote.unanswered == []


def test_a_connection_serves_several_requests_heads_included(remote: Remote) -> None:
    remote.route("HEAD", "/known")(lambda _: Answer({"not": "sent"}))
    remote.route("GET", "/known")(lambda _: Answer({"is": "sent"}))

    with httpx2.Client(base_url=remote.url) as client:
        assert client.head("/known").content == b""
        assert client.get("/known").json() == {"is": "sent"}


def test_a_body_that_is_no_json_is_the_askers_mistake_not_a_hang(remote: Remote) -> None:
    remote.route("POST", "/known")(lambda asked: Answer(asked.json()))

    answer = httpx2.post(f"{remote.url}/known", content=b"{", timeout=10)

    assert answer.status_code == 400


def test_what_a_handler_does_wrong_is_kept(remote: Remote) -> None:
    remote.route("GET", "/known")(lambda asked: Answer({}[asked.path]))

    assert httpx2.get(f"{remote.url}/known", timeout=10).status_code == 500
    assert [type(defect) for defect in remote.defects] == [KeyError]
