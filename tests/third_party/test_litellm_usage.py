"""LiteLLM: tokens and dollars that the keys of a resource used, from the daily activity."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from litellm_proxy import MASTER_KEY, LiteLLM

from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec

if TYPE_CHECKING:
    from waldur_site_agent_testkit.agent_site import AgentSite
    from waldur_site_agent_testkit.mastermind.state import Resource
    from waldur_site_agent_testkit.remote import Remote

PLUGIN = "litellm-usage"
COMPONENTS = {
    "input_tokens": ComponentSpec(measured_unit="tokens", billing_type="usage"),
    "output_tokens": ComponentSpec(measured_unit="tokens", billing_type="usage"),
    "token_cost": ComponentSpec(measured_unit="USD", billing_type="usage"),
}


@pytest.fixture
def proxy(remote: Remote) -> LiteLLM:
    return LiteLLM(remote)


@pytest.fixture
def chat(site: AgentSite, remote: Remote, proxy: LiteLLM) -> Resource:
    """A resource whose keys were used on the first of the month and on the last day before it."""
    site.configure(
        reporting_backend=PLUGIN,
        backend_settings={"api_url": remote.url, "api_token": MASTER_KEY},
    )
    first = site.world.clock.today().replace(day=1)
    before = first - timedelta(days=1)
    proxy.days = {
        (first.isoformat(), "chat-1"): (1000, 200, 0.5),
        (first.isoformat(), "chat-2"): (10, 2, 0.25),
        (first.isoformat(), "chat-extra-1"): (7, 7, 7),
        (first.isoformat(), "someone's own"): (7, 7, 7),
        (before.isoformat(), "chat-1"): (5, 5, 5),
    }
    return site.world.add_resource(site.project, site.offering, "Chat", backend_id="chat")


def test_what_all_keys_of_a_resource_used_is_reported(site: AgentSite, chat: Resource) -> None:
    ended = site.agent("-m", "report", "--once")

    assert ended.code == 0, ended.out
    assert site.used(chat) == {"input_tokens": 1010, "output_tokens": 202, "token_cost": 0.75}


def test_a_month_of_the_past_is_loaded(site: AgentSite, chat: Resource) -> None:
    month = (site.world.clock.today().replace(day=1) - timedelta(days=1)).replace(day=1)
    ended = site.agent("-m", "report", "--once", "--period", f"{month:%Y-%m}")

    assert ended.code == 0, ended.out
    assert site.world.usages(chat, month) == {
        "input_tokens": 5,
        "output_tokens": 5,
        "token_cost": 5,
    }


def test_an_outage_is_no_month_without_usage(
    site: AgentSite, chat: Resource, remote: Remote
) -> None:
    site.agent("-m", "report", "--once")
    used = site.used(chat)
    remote.down = True
    ended = site.agent("-m", "report", "--once")

    assert ended.code == 1, ended.out
    assert site.used(chat) == used
