"""What plugin hooks receive as their client."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from waldur_site_agent.waldur.connection import ConnectionSettings, OidcSettings
from waldur_site_agent.waldur.errors import WaldurError
from waldur_site_agent.waldur.plugin_client import PluginClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from waldur_site_agent.waldur.gateway import Waldur


@pytest.fixture
def make_client(
    mastermind: Any, open_waldur: Callable[..., Waldur]
) -> Iterator[Callable[..., PluginClient]]:
    made: list[PluginClient] = []

    def make(**replaced: Any) -> PluginClient:
        settings = {"api_url": mastermind.api_url, "token": "t0k", "user_agent": "agent/2"}
        settings |= {"verify_ssl": False} | replaced
        made.append(PluginClient(ConnectionSettings(**settings), open_waldur(**settings)))
        return made[-1]

    yield make
    for client in made:
        client.close()


def test_the_gateway_needs_no_generated_client(
    mastermind: Any, make_client: Callable[..., PluginClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "waldur_api_client", None)
    mastermind.on("GET", "/api/version/", mastermind.reply({"version": "7"}))
    assert make_client().gateway.server.version() == "7"


def test_a_generated_client_that_is_missing_is_told_with_a_remedy(
    make_client: Callable[..., PluginClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "waldur_api_client", None)
    with pytest.raises(WaldurError, match=r"install waldur-site-agent\[sdk\]"):
        make_client().get_httpx_client()


def test_requests_of_the_generated_client_go_to_the_same_place(
    mastermind: Any, make_client: Callable[..., PluginClient]
) -> None:
    pytest.importorskip("waldur_api_client")
    mastermind.on("GET", "/api/version/", mastermind.reply({"version": "7"}))
    client: Any = make_client()
    assert (client.token, client.prefix) == ("t0k", "Token")
    assert client.get_httpx_client().get("/api/version/").json() == {"version": "7"}
    (asked,) = mastermind.asked
    assert asked.headers["authorization"] == "Token t0k"
    assert asked.headers["user-agent"] == "agent/2"


def test_the_generated_client_uses_the_proxy(
    mastermind: Any, make_client: Callable[..., PluginClient]
) -> None:
    pytest.importorskip("waldur_api_client")
    mastermind.on("GET", "/api/version/", mastermind.reply({"version": "7"}))
    client: Any = make_client(api_url="http://puhuri.csc.fi/api/", proxy=mastermind.url)
    client.get_httpx_client().get("/api/version/")
    assert mastermind.asked[0].target == "http://puhuri.csc.fi/api/version/"


def test_the_generated_client_sends_the_bearer_token_of_the_moment(
    mastermind: Any, make_client: Callable[..., PluginClient]
) -> None:
    pytest.importorskip("waldur_api_client")
    tokens = [{"access_token": name, "expires_in": 0} for name in ("b1", "b2", "b3")]
    mastermind.on("POST", "/token", *map(mastermind.reply, tokens))
    mastermind.on("GET", "/api/version/", mastermind.reply({"version": "7"}))
    oidc = OidcSettings(token_url=f"{mastermind.url}/token", client_id="a", client_secret="s")
    client: Any = make_client(token="", oidc=oidc)
    client.get_httpx_client().get("/api/version/")
    client.get_httpx_client().get("/api/version/")
    sent = [a.headers["authorization"] for a in mastermind.asked if a.method == "GET"]
    assert sent == ["Bearer b2", "Bearer b3"]


def test_a_missing_attribute_is_missing(make_client: Callable[..., PluginClient]) -> None:
    pytest.importorskip("waldur_api_client")
    assert not hasattr(make_client(), "no_such_thing")


def test_a_half_made_client_does_not_look_for_itself_forever() -> None:
    with pytest.raises(AttributeError):
        PluginClient.__new__(PluginClient).token  # noqa: B018 - looking is what is tested
