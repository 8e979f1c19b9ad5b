"""LiteLLM: the keys of each resource, which the proxy keeps and only Waldur knows in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from litellm_proxy import MASTER_KEY, LiteLLM

from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec

if TYPE_CHECKING:
    from waldur_site_agent_testkit.agent_site import AgentSite
    from waldur_site_agent_testkit.mastermind.state import Resource
    from waldur_site_agent_testkit.remote import Remote

PLUGIN = "litellm"
COMPONENTS = {
    "token_cost": ComponentSpec(measured_unit="USD", billing_type="limit"),
    "tpm": ComponentSpec(measured_unit="tokens/min", billing_type="limit"),
}
LIMITS = {"token_cost": 50, "tpm": 1000}
CAPS = {"max_budget": 50, "budget_duration": "30d", "tpm_limit": 1000}
KEYS = {"chat-1", "chat-2"}
AN_HOUR = 3600


@pytest.fixture
def proxy(remote: Remote) -> LiteLLM:
    return LiteLLM(remote)


@pytest.fixture
def chat(site: AgentSite, remote: Remote, proxy: LiteLLM) -> Resource:
    """A resource, made by the agent."""
    assert proxy.keys == {}
    site.configure(
        order_processing_backend=PLUGIN,
        membership_sync_backend=PLUGIN,
        backend_settings={
            "api_url": remote.url,
            "api_token": MASTER_KEY,
            "models": ["llama"],
            "budget_duration": "30d",
        },
    )
    order = site.order("Chat", limits=LIMITS)
    ended = site.agent("-m", "order_process", "--once")
    assert (order.state, ended.code) == ("done", 0), ended.out
    return order.resource


def secrets(site: AgentSite) -> dict[str, str]:
    """What Waldur has, by client id."""
    return {key.client_id: key.api_key for key in site.world.state.api_keys.values()}


def opening(site: AgentSite, proxy: LiteLLM) -> set[str]:
    """Tell whose keys in Waldur the proxy takes, by client id."""
    return {name for name, secret in secrets(site).items() if proxy.opens(secret)}


def test_an_order_becomes_keys_that_the_proxy_takes(
    site: AgentSite, chat: Resource, proxy: LiteLLM
) -> None:
    assert chat.backend_id == "chat"
    assert proxy.aliases == opening(site, proxy) == KEYS
    assert proxy.caps == dict.fromkeys(KEYS, CAPS)


def test_a_pass_over_members_mends_the_caps(
    site: AgentSite, chat: Resource, proxy: LiteLLM
) -> None:
    for key in proxy.keys.values():
        key["max_budget"] = None
    site.member("ada")
    ended = site.agent("-m", "membership_sync", "--once")

    assert ended.code == 0, ended.out
    assert proxy.caps == dict.fromkeys(KEYS, CAPS)
    assert chat.limits == LIMITS
    assert chat.backend_metadata == {"backend_type": "litellm", "active": True}


def test_new_limits_are_the_caps_of_the_keys(
    site: AgentSite, chat: Resource, proxy: LiteLLM
) -> None:
    order = site.world.order_update(chat, {**LIMITS, "token_cost": 80})
    site.agent("-m", "order_process", "--once")

    assert order.state == "done"
    assert proxy.caps == {key: {**CAPS, "max_budget": 80} for key in KEYS}


def test_a_pause_blocks_the_keys_until_it_ends(
    site: AgentSite, chat: Resource, proxy: LiteLLM
) -> None:
    opened = []
    for paused, downscaled in ((True, False), (False, True), (False, False)):
        site.world.pause(chat, paused=paused)
        site.world.downscale(chat, downscaled=downscaled)
        site.agent("-m", "membership_sync", "--once")
        opened.append(opening(site, proxy))

    assert opened == [set(), set(), KEYS]


def test_a_rotated_key_opens_and_the_old_one_no_more(
    site: AgentSite, chat: Resource, proxy: LiteLLM
) -> None:
    assert chat.backend_id
    old = secrets(site)
    (key,) = (one for one in site.world.state.api_keys.values() if one.client_id == "chat-2")
    site.world.clock.advance(seconds=-AN_HOUR)
    site.world.rotate_key(key)
    site.world.clock.advance(seconds=AN_HOUR)
    ended = site.run("waldur_site_agent", "run", "--once", "-c", str(site.config_file))

    assert (ended.code, key.state) == (0, "OK"), ended.out
    assert secrets(site)["chat-1"] == old["chat-1"]
    assert not proxy.opens(old["chat-2"])
    assert opening(site, proxy) == KEYS


def test_the_end_of_a_resource_is_that_of_its_keys(
    site: AgentSite, chat: Resource, proxy: LiteLLM
) -> None:
    order = site.world.order_terminate(chat)
    site.agent("-m", "order_process", "--once")

    assert order.state == "done"
    assert proxy.keys == {}


def test_keys_that_were_lost_are_told_and_not_made_again(
    site: AgentSite, chat: Resource, proxy: LiteLLM
) -> None:
    proxy.keys.clear()
    ended = site.agent("-m", "membership_sync", "--once", "--force")

    assert (ended.code, chat.state) == (1, "OK"), ended.out
    (missing,) = (event for event in ended.events if event["event"] == "resource.missing")
    assert missing["remedy"].endswith("its plugin did not make it again")
    assert proxy.keys == {}


def test_keys_outlast_an_outage(
    site: AgentSite, chat: Resource, remote: Remote, proxy: LiteLLM
) -> None:
    site.world.pause(chat)
    remote.down = True
    ended = site.agent("-m", "membership_sync", "--once")

    assert (ended.code, chat.state) == (1, "OK"), ended.out
    assert opening(site, proxy) == KEYS


def test_orders_wait_while_the_proxy_is_out_of_order(
    site: AgentSite, chat: Resource, remote: Remote, proxy: LiteLLM
) -> None:
    orders = [site.order("Talk", limits=LIMITS), site.world.order_terminate(chat)]
    remote.down = True
    ended = site.agent("-m", "order_process", "--once")
    left = [order.state for order in orders]
    remote.down = False
    site.agent("-m", "order_process", "--once")

    assert (ended.code, left) == (1, ["executing", "executing"])
    assert [order.state for order in orders] == ["done", "done"]
    assert opening(site, proxy) == proxy.aliases == {"talk-1", "talk-2"}
    assert proxy.caps == dict.fromkeys(proxy.aliases, CAPS)
