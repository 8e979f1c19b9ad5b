"""Speaking to the portal: what answers mean, how long it may take, and what is never told."""

from __future__ import annotations

import itertools
import logging
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mup_stand_in.agent import SETTINGS, backend_on
from mup_stand_in.portal import PASSWORD, MupStandIn

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent_mup.errors import MupNotFoundError, MupRefusedError
from waldur_site_agent_mup.portal.calls import Answer, Call, path, read
from waldur_site_agent_mup.portal.portal import Portal
from waldur_site_agent_mup.portal.records import Usage
from waldur_site_agent_mup.portal.transport import Transport
from waldur_site_agent_mup.settings import MupSettings
from waldur_site_agent_testkit.mastermind.faults import DropConnection, Status

if TYPE_CHECKING:
    from collections.abc import Callable

JSON = "application/json; charset=utf-8"
GET = Call.get("projects", "/api/projects/list/")
ABOUT_A_PERSON = Call.post("new user", "/api/user/", {"email": "ana@example.org"}, personal=True)


def answered(status: int, body: bytes = b"{}", kind: str = JSON) -> Answer:
    return Answer(status=status, body=body, content_type=kind)


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (answered(404), MupNotFoundError),
        (answered(404, b"<h1>", "text/html"), BackendUnavailableError),
        (answered(400), MupRefusedError),
        (answered(403), MupRefusedError),
        (answered(409), MupRefusedError),
        (answered(401), BackendUnavailableError),
        (answered(408), BackendUnavailableError),
        (answered(429), BackendUnavailableError),
        (answered(302), BackendUnavailableError),
        (answered(500), BackendUnavailableError),
        (answered(503), BackendUnavailableError),
        (answered(200, b"<html>", "text/html"), BackendUnavailableError),
        (answered(200, b'{"id": 1'), BackendUnavailableError),
    ],
)
def test_what_an_answer_means(answer: Answer, meaning: type[Exception]) -> None:
    with pytest.raises(meaning) as raised:
        read(GET, answer)

    assert type(raised.value) is meaning


@pytest.mark.parametrize(("body", "told"), [(b"", {}), (b" ", {}), (b"[1]", [1])])
def test_what_a_success_tells(body: bytes, told: object) -> None:
    assert read(GET, answered(200, body)) == told
    assert read(GET, answered(204, b"", "")) == {}


@pytest.mark.parametrize(
    ("call", "body", "told", "hidden"),
    [
        (GET, b'{"size": ["Too large."]}', "size: Too large.", "{"),
        (GET, b'{"detail": "ana@example.org is none"}', "detail: … is none", "ana"),
        (ABOUT_A_PERSON, b'{"email": ["Ana Silva has it."]}', "email is not accepted", "Ana"),
        (GET, b"<h1>no</h1>", "400)", "h1"),
        (GET, b'["no"]', "400)", '"no"'),
    ],
)
def test_a_refusal_in_mups_words_and_nobodys_name(
    call: Call, body: bytes, told: str, hidden: str
) -> None:
    with pytest.raises(MupRefusedError) as raised:
        read(call, answered(400, body))

    assert told in str(raised.value)
    assert hidden not in str(raised.value).split(")", 1)[-1]


@given(st.text(), st.text())
def test_each_part_of_a_path_is_one_segment(first: str, second: str) -> None:
    written = path(first, second)

    assert written.count("/") == 3
    assert not set(written) & set(" ?#%") - {"%"}
    assert written.isascii()


@pytest.mark.parametrize(
    ("api_url", "asked"),
    [
        ("https://mup.example.org", "https://mup.example.org/api/user/by-email/a%2Fb%40c"),
        ("https://mup.example.org/api/", "https://mup.example.org/api/user/by-email/a%2Fb%40c"),
        ("https://host/prefix/api", "https://host/prefix/api/user/by-email/a%2Fb%40c"),
        ("https://host/prefix/", "https://host/prefix/api/user/by-email/a%2Fb%40c"),
    ],
)
def test_the_path_of_the_address_is_kept_and_names_are_escaped(api_url: str, asked: str) -> None:
    seen = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(str(request.url))
        return httpx2.Response(404, json={})

    assert portal_answering(answer, api_url=api_url).users.of_email("a/b@c") is None
    assert seen == [asked]


def portal_answering(
    answer: Callable[[httpx2.Request], httpx2.Response],
    *,
    clock: Callable[[], float] = lambda: 0.0,
    **settings: Any,
) -> Portal:
    given = MupSettings.from_dict({**SETTINGS, **settings})
    return Portal(Transport(given, network=httpx2.MockTransport(answer), clock=clock))


def rows(*pages: Any) -> Callable[[httpx2.Request], httpx2.Response]:
    left = iter(pages)
    return lambda _request: httpx2.Response(200, json=next(left))


def project(number: int) -> dict[str, Any]:
    return {"id": number, "grant_number": f"G-{number}"}


def test_pages_are_read_to_the_end() -> None:
    portal = portal_answering(
        rows(
            {"count": 2, "next": "http://inside/api/x?page=2", "results": [project(1)]},
            {"count": 2, "next": None, "results": [project(2)]},
        )
    )

    assert [one.id for one in portal.projects.list()] == [1, 2]


@pytest.mark.parametrize(
    "pages",
    [
        [{"count": 3, "next": None, "results": [project(1)]}],
        [{"next": "http://x/?page=2", "results": []}, {"next": "http://x/?page=2", "results": []}],
        [{"results": "none"}],
        [["a row"]],
        [[{"id": None, "grant_number": "G"}]],
        [[{"id": 1, "grant_number": 5}]],
        [[{"id": 1, "grant_number": "G", "active": "yes"}]],
        [7],
    ],
)
def test_a_listing_that_is_none_is_no_empty_one(pages: list[Any]) -> None:
    with pytest.raises(BackendUnavailableError, match="cannot be read"):
        portal_answering(rows(*pages)).projects.list()


@pytest.mark.parametrize("total", [-1, None, "much", True, float("1e400"), "NaN"])
def test_an_amount_that_is_none_is_no_zero(total: object) -> None:
    with pytest.raises(ValueError, match="is no amount"):
        Usage.of({"total": total, "users": {}})


@pytest.mark.parametrize("retries", [0, 2])
def test_reads_are_repeated_and_writes_that_make_something_are_not(
    mup: MupStandIn, retries: int
) -> None:
    backend = backend_on(mup, retries=retries)
    mup.faults.add(match="*", action=Status(503), times=None)

    assert backend.ping() is False
    assert len(mup.asked) == retries + 1
    with pytest.raises(BackendUnavailableError):
        backend.portal.users.request({})
    assert len(mup.writes()) == 1
    mup.asked.clear()


def test_a_hiccup_is_not_noticed(setting: Any, mup: MupStandIn) -> None:
    for action in (Status(502), DropConnection(), Status(429, retry_after=0)):
        mup.faults.add(match="GET *", action=action, times=1)

    setting.create()


def test_a_wait_that_mup_asks_for_is_not_waited_past_the_deadline() -> None:
    asked = []

    def busy(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(503, headers={"retry-after": "3600"})

    with pytest.raises(BackendUnavailableError):
        portal_answering(busy).projects.list()
    assert len(asked) == 1


def test_an_answer_that_drips_ends_at_the_deadline() -> None:
    ticks = itertools.count(step=20)

    def drip(_request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=iter([b"["] * 9))

    with pytest.raises(BackendUnavailableError, match="does not end"):
        portal_answering(drip, clock=lambda: float(next(ticks))).projects.list()


def test_a_ca_bundle_that_is_none_is_told(tmp_path: Any) -> None:
    settings = {"ca_bundle": str(tmp_path / "none.pem")}

    with pytest.raises(BackendError, match=r"backend_settings\.ca_bundle: .*none\.pem"):
        portal_answering(rows([]), **settings).projects.list()


def test_nobodys_data_and_no_password_are_in_the_log(
    make: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    setting = make(retries=0)
    setting.join("ana")
    setting.mup.faults.add(match="POST members/add", action=Status(400), times=1)
    setting.mup.faults.add(match="by-email", action=DropConnection(), times=1, after=1)
    setting.order()

    for _ in range(3):
        setting.run()
        setting.sync()

    assert setting.mup.active_members("GRANT-1") == {"pia", "ana"}
    ours = "\n".join(
        record.getMessage() + (record.exc_text or "")
        for record in caplog.records
        if not record.name.startswith(("hypothesis", "waldur_site_agent_testkit"))
    )
    assert ours
    for secret in ("pia", "ana@", "Silva", "example.org/portal/api/user", PASSWORD):
        assert secret not in ours
