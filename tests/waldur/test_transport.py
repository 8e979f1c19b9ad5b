"""Requests: credentials, repetitions, deadlines, and which error an answer means."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from waldur_site_agent.waldur.connection import OidcSettings, RetryPolicy
from waldur_site_agent.waldur.errors import (
    ConfigKeys,
    ConflictError,
    ContractError,
    NotFoundError,
    RefusedError,
    TransientError,
    UnauthorizedError,
    WaldurError,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from waldur_site_agent.waldur.gateway import Waldur

VERSION = "/api/version/"
ORDER = "d126a10e17bf4644a9a5d9a7a331795e"
RESOURCE = "e11e18ddf8d74d1a98ecada5ec8fa501"


@pytest.fixture
def oidc(mastermind: Any) -> dict[str, Any]:
    """Settings with an identity provider, which is the same server under another path."""
    return {
        "token": "",
        "oidc": OidcSettings(
            token_url=f"{mastermind.url}/token", client_id="agent", client_secret="cl1ent"
        ),
    }


def test_the_token_and_the_agents_name_go_out(
    mastermind: Any, open_waldur: Callable[..., Waldur]
) -> None:
    mastermind.on("GET", VERSION, mastermind.reply({"version": "7.0.7"}))
    assert open_waldur(user_agent="waldur-site-agent-report/2.0").server.version() == "7.0.7"
    (asked,) = mastermind.asked
    assert asked.headers["authorization"] == "Token s3cret-token"
    assert asked.headers["user-agent"] == "waldur-site-agent-report/2.0"


def test_a_bearer_token_is_fetched_once(
    mastermind: Any, open_waldur: Callable[..., Waldur], oidc: dict[str, Any]
) -> None:
    grant = {"access_token": "b1", "expires_in": 3600}
    mastermind.on("POST", "/token", mastermind.reply(grant))
    mastermind.on("GET", VERSION, mastermind.reply({"version": "1"}))
    waldur = open_waldur(**oidc)
    waldur.server.version()
    waldur.server.version()
    token, first, second = mastermind.asked
    assert token.body == b"grant_type=client_credentials&client_id=agent&client_secret=cl1ent"
    assert "authorization" not in token.headers
    assert {first.headers["authorization"], second.headers["authorization"]} == {"Bearer b1"}


def test_a_bearer_token_of_no_length_is_not_kept(
    mastermind: Any, open_waldur: Callable[..., Waldur], oidc: dict[str, Any]
) -> None:
    expired = mastermind.reply({"access_token": "b1", "expires_in": 0})
    mastermind.on("POST", "/token", expired, mastermind.reply({"access_token": "b2"}))
    mastermind.on("GET", VERSION, mastermind.reply({"version": "1"}))
    waldur = open_waldur(**oidc)
    waldur.server.version()
    waldur.server.version()
    assert [a.headers["authorization"] for a in mastermind.asked if a.path == VERSION] == [
        "Bearer b1",
        "Bearer b2",
    ]


def test_a_refused_bearer_token_is_renewed_once_even_for_what_is_not_repeatable(
    mastermind: Any, open_waldur: Callable[..., Waldur], oidc: dict[str, Any]
) -> None:
    tokens = [mastermind.reply({"access_token": name}) for name in ("b1", "b2")]
    mastermind.on("POST", "/token", *tokens)
    path = "/api/marketplace-resource-api-keys/report_created/"
    mastermind.on("POST", path, mastermind.reply(status=401), mastermind.reply(status=201))
    open_waldur(**oidc).api_keys.report_created(RESOURCE, client_id="c", api_key="k")
    assert [a.headers.get("authorization") for a in mastermind.asked if a.path == path] == [
        "Bearer b1",
        "Bearer b2",
    ]


def test_a_bearer_token_refused_twice_is_an_error(
    mastermind: Any, open_waldur: Callable[..., Waldur], oidc: dict[str, Any]
) -> None:
    mastermind.on("POST", "/token", mastermind.reply({"access_token": "b1"}))
    mastermind.on("GET", VERSION, mastermind.reply({"detail": "Invalid token."}, status=401))
    with pytest.raises(UnauthorizedError):
        open_waldur(**oidc).server.version()
    assert len(mastermind.asked) == 4


def test_threads_read_side_by_side_over_connections_that_stay(
    mastermind: Any, waldur: Waldur
) -> None:
    uuids = [f"{number:032x}" for number in range(80)]
    for uuid in uuids:
        member = {"uuid": uuid, "username": f"member of {uuid}"}
        path = f"/api/marketplace-provider-resources/{uuid}/team/"
        mastermind.on("GET", path, mastermind.page([member], count=1))
    with ThreadPoolExecutor(8) as threads:
        teams = list(threads.map(waldur.resources.team, uuids))
    assert [member.username for (member,) in teams] == [f"member of {uuid}" for uuid in uuids]
    assert len({asked.connection for asked in mastermind.asked}) <= 8


def test_threads_share_one_request_for_a_token(
    mastermind: Any, open_waldur: Callable[..., Waldur], oidc: dict[str, Any]
) -> None:
    mastermind.on("POST", "/token", mastermind.reply({"access_token": "b1"}))
    mastermind.on("GET", VERSION, mastermind.reply({"version": "1"}))
    waldur = open_waldur(**oidc)
    together = threading.Barrier(8)

    def ask(_: int) -> str:
        together.wait(5)
        return waldur.server.version()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == ["1"] * 8
    assert [a.path for a in mastermind.asked].count("/token") == 1


@pytest.mark.parametrize(
    "granted", ['{"token_type": "x"}', '{"access_token": null}', '{"access_token": ""}', "no"]
)
def test_an_identity_provider_without_a_token_is_told_as_such(
    mastermind: Any, open_waldur: Callable[..., Waldur], oidc: dict[str, Any], granted: str
) -> None:
    mastermind.on("POST", "/token", mastermind.reply(text=granted))
    with pytest.raises(ContractError, match=r"identity provider's .*access_token"):
        open_waldur(**oidc).server.version()


def test_an_identity_provider_that_refuses_is_named(
    mastermind: Any, open_waldur: Callable[..., Waldur], oidc: dict[str, Any]
) -> None:
    mastermind.on("POST", "/token", mastermind.reply({"error": "invalid_client"}, status=401))
    with pytest.raises(UnauthorizedError, match=r"/token\) was refused.*invalid_client.*oidc_"):
        open_waldur(**oidc).server.version()


@pytest.mark.parametrize("host", ["puhuri.csc.fi", "cloud.asia", "hpc.jp", "x.api"])
def test_the_proxy_is_asked_for_the_whole_host(
    mastermind: Any, open_waldur: Callable[..., Waldur], host: str
) -> None:
    mastermind.on("GET", VERSION, mastermind.reply({"version": "1"}))
    waldur = open_waldur(api_url=f"http://{host}/api/", proxy=mastermind.url)
    assert waldur.server.version() == "1"
    assert mastermind.asked[0].target == f"http://{host}/api/version/"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(mastermind: Any, waldur: Waldur, status: int) -> None:
    bad = mastermind.reply(status=status, text="<html><title>Bad Gateway</title></html>")
    mastermind.on("GET", VERSION, bad, bad, mastermind.reply({"version": "1"}))
    assert waldur.server.version() == "1"
    assert len(mastermind.asked) == 3


def test_patience_ends_after_a_few_attempts(mastermind: Any, waldur: Waldur) -> None:
    page = "<html><title>Server Error (500)</title><p>secret stack</p></html>"
    mastermind.on("GET", VERSION, mastermind.reply(status=500, text=page))
    with pytest.raises(TransientError, match=r"a web page, “Server Error \(500\)”") as caught:
        waldur.server.version()
    assert (len(mastermind.asked), caught.value.status) == (3, 500)
    assert "stack" not in str(caught.value)


def test_setting_a_state_is_repeated(mastermind: Any, waldur: Waldur) -> None:
    path = f"/api/marketplace-orders/{ORDER}/set_state_done/"
    mastermind.on("POST", path, mastermind.reply(status=502), mastermind.reply(text=""))
    waldur.orders.set_done(ORDER)
    assert len(mastermind.asked) == 2


def test_making_something_new_is_not_repeated(mastermind: Any, waldur: Waldur) -> None:
    path = "/api/marketplace-resource-api-keys/report_created/"
    mastermind.on("POST", path, mastermind.reply(status=502), mastermind.reply(status=201))
    with pytest.raises(TransientError):
        waldur.api_keys.report_created(RESOURCE, client_id="c", api_key="k")
    assert len(mastermind.asked) == 1


def test_a_short_retry_after_is_waited_for(mastermind: Any, waldur: Waldur) -> None:
    busy = mastermind.reply(status=429, headers={"Retry-After": "0"})
    mastermind.on("GET", VERSION, busy, mastermind.reply({"version": "1"}))
    assert waldur.server.version() == "1"


@pytest.mark.parametrize("asked", ["3600", "Fri, 01 Jan 2100 00:00:00 GMT"])
def test_a_long_retry_after_is_left_to_the_caller(
    mastermind: Any, waldur: Waldur, asked: str
) -> None:
    busy = mastermind.reply(status=503, headers={"Retry-After": asked})
    mastermind.on("GET", VERSION, busy)
    with pytest.raises(TransientError) as caught:
        waldur.server.version()
    assert len(mastermind.asked) == 1
    assert caught.value.retry_after is not None
    assert caught.value.retry_after >= 3600


def test_more_patience_than_the_policy_has_is_not_shown(
    mastermind: Any, open_waldur: Callable[..., Waldur]
) -> None:
    busy = mastermind.reply(status=503, headers={"Retry-After": "1"})
    mastermind.on("GET", VERSION, busy)
    policy = RetryPolicy(longest_wait=0, jitter=0, longest_retry_after=0.5)
    with pytest.raises(TransientError) as caught:
        open_waldur(retries=policy).server.version()
    assert (caught.value.retry_after, len(mastermind.asked)) == (1.0, 1)


@pytest.mark.parametrize("asked", ["soon", "", "-1", "1e999"])
def test_a_senseless_retry_after_is_as_none(mastermind: Any, waldur: Waldur, asked: str) -> None:
    mastermind.on("GET", VERSION, mastermind.reply(status=503, headers={"Retry-After": asked}))
    with pytest.raises(TransientError) as caught:
        waldur.server.version()
    assert (caught.value.retry_after, len(mastermind.asked)) == (None, 3)


@pytest.mark.parametrize("how", ["hang", "drip"])
def test_a_server_that_never_ends_is_left_at_the_deadline(
    mastermind: Any, open_waldur: Callable[..., Waldur], how: str
) -> None:
    mastermind.on("GET", VERSION, mastermind.reply(text="1" * 100_000, **{how: True}))
    with pytest.raises(TransientError, match="in time"):
        open_waldur(timeout_seconds=0.2).server.version()
    assert len(mastermind.asked) == 1


def test_no_repetition_that_the_deadline_would_cut_off(
    mastermind: Any, open_waldur: Callable[..., Waldur]
) -> None:
    mastermind.on("GET", VERSION, mastermind.reply(status=500))
    with pytest.raises(TransientError):
        open_waldur(timeout_seconds=2.0, retries=RetryPolicy(longest_wait=3.0)).server.version()
    assert len(mastermind.asked) == 1


def test_a_connection_that_breaks_is_tried_again(mastermind: Any, waldur: Waldur) -> None:
    mastermind.on("GET", VERSION, mastermind.reply(drop=True))
    with pytest.raises(TransientError, match="the connection broke"):
        waldur.server.version()
    assert len(mastermind.asked) == 3


def test_a_broken_compression_is_no_answer(mastermind: Any, waldur: Waldur) -> None:
    packed = mastermind.reply({"version": "1"}, headers={"Content-Encoding": "gzip"})
    mastermind.on("GET", VERSION, packed)
    with pytest.raises(TransientError, match="DecodingError"):
        waldur.server.version()


@pytest.mark.parametrize("address", ["nonsense", "http://host:port/token?secret=s3cret", "ftp://x"])
def test_an_identity_provider_without_an_address(
    open_waldur: Callable[..., Waldur], address: str
) -> None:
    oidc = OidcSettings(token_url=address, client_id="agent", client_secret="cl1ent")
    with pytest.raises(WaldurError, match="authentication") as caught:
        open_waldur(token="", oidc=oidc).server.version()
    assert "s3cret" not in str(caught.value)


def test_nobody_listens(open_waldur: Callable[..., Waldur]) -> None:
    with pytest.raises(TransientError, match="no connection") as caught:
        open_waldur(api_url="http://127.0.0.1:1/api/").server.version()
    assert caught.value.status is None


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (400, {"usages": ["This field is required."]}, RefusedError, "usages: This field is req"),
        (400, {"non_field_errors": ["No.", "Never."]}, RefusedError, r"No\., Never"),
        (401, {"detail": "Invalid token."}, UnauthorizedError, "Check the token of the offering"),
        (403, {"detail": "No permission."}, UnauthorizedError, r"OFFERING\.MANAGER"),
        (404, {"detail": "No Order matches."}, NotFoundError, "No Order matches"),
        (409, {"detail": "Valid states for operation: executing."}, ConflictError, "executing"),
        (418, {"detail": {"a": [1]}}, RefusedError, "status 418"),
    ],
)
def test_a_refusal_is_told_in_the_servers_words(
    mastermind: Any, waldur: Waldur, *, status: int, body: object, kind: type, words: str
) -> None:
    path = f"/api/marketplace-orders/{ORDER}/approve_by_provider/"
    mastermind.on("POST", path, mastermind.reply(body, status=status))
    with pytest.raises(kind, match=words) as caught:
        waldur.orders.approve(ORDER)
    error = caught.value
    assert type(error) is kind
    assert isinstance(error, RefusedError)
    assert (error.status, error.operation, error.method) == (status, "orders.approve", "POST")
    assert error.path == path
    assert len(mastermind.asked) == 1


def test_an_unknown_path_is_told_from_a_missing_object(mastermind: Any, waldur: Waldur) -> None:
    with pytest.raises(NotFoundError, match="does not know the path") as unknown:
        waldur.server.version()
    mastermind.on("GET", VERSION, mastermind.reply({"detail": "No."}, status=404))
    with pytest.raises(NotFoundError, match="It does not exist") as missing:
        waldur.server.version()
    assert (unknown.value.unrouted, missing.value.unrouted) == (True, False)


@pytest.mark.parametrize("text", ["{", "", "<html>", "\xff", "[1"])
def test_what_is_no_json_breaks_the_contract(mastermind: Any, waldur: Waldur, text: str) -> None:
    mastermind.on("GET", VERSION, mastermind.reply(text=text))
    with pytest.raises(ContractError, match="not JSON"):
        waldur.server.version()


@pytest.mark.parametrize(
    ("location", "advice"),
    [
        ("https://new.example.org/api/version/?next=me", "to https://new.example.org/api/"),
        ("https://new.example.org:8443/w/api/version/", "to https://new.example.org:8443/w/api/"),
        ("https://sso.example.org/login", "redirects to https://sso.example.org; check"),
        ("/elsewhere/", "check waldur_api_url"),
    ],
)
def test_a_redirect_is_not_followed_but_told(
    mastermind: Any, waldur: Waldur, location: str, advice: str
) -> None:
    mastermind.on("GET", VERSION, mastermind.reply(status=301, headers={"Location": location}))
    with pytest.raises(ContractError, match=advice) as caught:
        waldur.server.version()
    assert "next=me" not in str(caught.value)
    assert len(mastermind.asked) == 1


@pytest.mark.parametrize(
    ("reply", "advice"),
    [
        ({"status": 401, "json": {"detail": "Invalid token."}}, r"\(target_api_token\)"),
        ({"status": 404, "text": "<html>"}, "target_api_url does not end"),
        ({"status": 301, "headers": {"Location": "/elsewhere/"}}, "check target_api_url"),
    ],
)
def test_advice_names_the_keys_of_the_server_that_was_asked(
    mastermind: Any, open_waldur: Callable[..., Waldur], reply: dict[str, Any], advice: str
) -> None:
    second = open_waldur(keys=ConfigKeys(url="target_api_url", token="target_api_token"))
    mastermind.on("GET", VERSION, mastermind.reply(**reply))
    with pytest.raises(WaldurError, match=advice) as caught:
        second.server.version()
    assert "waldur_api" not in str(caught.value)


def test_words_are_bounded_and_without_addresses_of_people(mastermind: Any, waldur: Waldur) -> None:
    said = {"detail": "jane@example.org is unknown " + "x" * 10_000}
    mastermind.on("GET", VERSION, mastermind.reply(said, status=400))
    with pytest.raises(RefusedError) as caught:
        waldur.server.version()
    assert caught.value.detail.startswith("<e-mail> is unknown")
    assert len(caught.value.detail) == 500


def test_cookies_are_not_sent_back(mastermind: Any, waldur: Waldur) -> None:
    cookie = {"Set-Cookie": "sessionid=abc; Path=/"}
    mastermind.on("GET", VERSION, mastermind.reply({"version": "1"}, headers=cookie))
    waldur.server.version()
    waldur.server.version()
    assert "cookie" not in mastermind.asked[1].headers


def test_logs_hold_neither_secrets_nor_queries(
    mastermind: Any, waldur: Waldur, caplog: pytest.LogCaptureFixture
) -> None:
    project = "/api/marketplace-service-providers/e2ee0000000000000000000000000001/projects/"
    mastermind.on("GET", project, mastermind.reply(status=500, text="broken"))
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logs, pytest.raises(TransientError) as caught:
        waldur.providers.projects("e2ee0000000000000000000000000001", "Jane Doe")
    requests = [entry for entry in logs if entry["event"] == "waldur.request"]
    assert [(e["path"], e["status"], e["attempt"]) for e in requests] == [
        (project.removeprefix("/api/"), 500, number) for number in (1, 2, 3)
    ]
    everything = f"{logs} {caplog.text} {caught.value} {caught.value!r} {waldur!r}"
    assert "s3cret" not in everything
    assert "Jane" not in everything


def test_a_ca_bundle_that_is_not_there_is_named(open_waldur: Callable[..., Waldur]) -> None:
    with pytest.raises(WaldurError, match=r"CA bundle /nowhere/ca\.pem .*No such file"):
        open_waldur(verify_ssl=True, ca_bundle="/nowhere/ca.pem").server.version()


def test_a_ca_bundle_that_is_none_is_named(
    open_waldur: Callable[..., Waldur], tmp_path: Path
) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(WaldurError, match=r"CA bundle .*ca\.pem"):
        open_waldur(verify_ssl=True, ca_bundle=str(tmp_path / "ca.pem")).server.version()


def test_a_proxy_that_is_none_is_told_without_its_password(
    open_waldur: Callable[..., Waldur],
) -> None:
    with pytest.raises(WaldurError, match="global_proxy") as caught:
        open_waldur(proxy="gopher://user:pr0xy@x").server.version()
    assert "pr0xy" not in str(caught.value)


def test_what_has_no_form_in_json_is_not_sent(mastermind: Any, waldur: Waldur) -> None:
    with pytest.raises(WaldurError, match="object has no form in JSON"):
        waldur.resources.set_backend_metadata(RESOURCE, {"x": object()})
    assert mastermind.asked == []


def test_a_closed_gateway_opens_again(mastermind: Any, waldur: Waldur) -> None:
    mastermind.on("GET", VERSION, mastermind.reply({"version": "1"}))
    with waldur:
        waldur.server.version()
    assert waldur.server.version() == "1"
