"""The usage behind Envoy AI Gateway: tokens by resource, from a warehouse."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec
from waldur_site_agent_testkit.remote import Answer, Asked, Remote

if TYPE_CHECKING:
    from datetime import date

    from waldur_site_agent_testkit.agent_site import AgentSite
    from waldur_site_agent_testkit.mastermind.state import Resource

PLUGIN = "envoy-usage"
COMPONENTS = {
    name: ComponentSpec(measured_unit="tokens", billing_type="usage")
    for name in ("input_tokens", "output_tokens")
}


class Warehouse:
    """Tokens in and out, by month and client."""

    def __init__(self, remote: Remote) -> None:
        self.months: dict[str, dict[str, tuple[int, int]]] = {}
        remote.route("GET", "/health")(lambda _: Answer({"status": "ok"}))
        remote.route("GET", "/usage-month")(self.usage)

    def usage(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != "Bearer hush":
            return Answer({"error": "unauthorized"}, status=401)
        assert asked.one("from") == asked.one("to")
        rows = self.months.get(asked.one("from"), {})
        return Answer(
            {"usage": [row(name, rows[name]) for name in asked.query["client_id"] if name in rows]}
        )


def row(name: str, tokens: tuple[int, int]) -> dict[str, Any]:
    return {"client_id": name, "input_tokens": tokens[0], "output_tokens": tokens[1]}


@pytest.fixture
def this_month(site: AgentSite) -> date:
    return site.world.clock.today().replace(day=1)


@pytest.fixture
def last_month(this_month: date) -> date:
    return (this_month - timedelta(days=1)).replace(day=1)


@pytest.fixture
def chat(site: AgentSite, remote: Remote, this_month: date, last_month: date) -> Resource:
    """A resource that was used in both months, beside others."""
    site.configure(
        reporting_backend=PLUGIN, backend_settings={"api_url": remote.url, "api_token": "hush"}
    )
    Warehouse(remote).months = {
        f"{this_month:%Y-%m}": {"chat": (1000, 200), "other": (7, 7)},
        f"{last_month:%Y-%m}": {"chat": (5, 6)},
    }
    return site.world.add_resource(site.project, site.offering, "Chat", backend_id="chat")


def test_tokens_of_a_resource_are_reported(site: AgentSite, chat: Resource) -> None:
    ended = site.agent("-m", "report", "--once")

    assert ended.code == 0, ended.out
    assert site.used(chat) == {"input_tokens": 1000, "output_tokens": 200}


def test_a_month_of_the_past_is_loaded(site: AgentSite, chat: Resource, last_month: date) -> None:
    ended = site.agent("-m", "report", "--once", "--period", f"{last_month:%Y-%m}")

    assert ended.code == 0, ended.out
    assert site.world.usages(chat, last_month) == {"input_tokens": 5, "output_tokens": 6}


def test_an_outage_is_no_month_without_usage(
    site: AgentSite, chat: Resource, remote: Remote
) -> None:
    site.agent("-m", "report", "--once")
    used = site.used(chat)
    remote.down = True
    ended = site.agent("-m", "report", "--once")

    assert ended.code == 1, ended.out
    assert site.used(chat) == used
