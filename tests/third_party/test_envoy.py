"""Envoy AI Gateway: the keys of each resource, in a Secret that the gateway reads."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from kubernetes_api import CORE, Kind, secret_controller, write_kubeconfig

from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec

if TYPE_CHECKING:
    from waldur_site_agent_testkit.agent_site import AgentSite
    from waldur_site_agent_testkit.mastermind.state import Resource
    from waldur_site_agent_testkit.remote import Remote

PLUGIN = "envoy"
COMPONENTS = {"tokens": ComponentSpec(measured_unit="tokens", billing_type="usage")}
NAMESPACE = "ai-gateway"
ACTIVE, BLOCKED = "keys", "keys-blocked"
KEYS = {"chat-1", "chat-2"}
AN_HOUR = 3600


class Gateway:
    """A gateway's two Secrets, empty at first: it opens for the keys in one of them."""

    def __init__(self, remote: Remote) -> None:
        self.secrets = Kind(remote, CORE, "secrets", controller=secret_controller)
        for name in (ACTIVE, BLOCKED):
            self.secrets.keep((NAMESPACE, name), {"metadata": {}})

    def keys(self, secret: str = ACTIVE) -> dict[str, str]:
        """The keys in a Secret, by client id."""
        coded = self.secrets.one(secret, NAMESPACE)["data"]
        return {name: base64.b64decode(value).decode() for name, value in coded.items()}


@pytest.fixture
def gateway(remote: Remote) -> Gateway:
    return Gateway(remote)


@pytest.fixture
def chat(site: AgentSite, remote: Remote, gateway: Gateway) -> Resource:
    """A resource, made by the agent."""
    assert not gateway.keys()
    site.configure(
        order_processing_backend=PLUGIN,
        membership_sync_backend=PLUGIN,
        backend_settings={
            "namespace": NAMESPACE,
            "gateway_url": "https://ai.example.org",
            "apikey_secret": ACTIVE,
            "kubeconfig_path": str(write_kubeconfig(site.folder / "kubeconfig", remote.url)),
        },
    )
    order = site.order("Chat")
    ended = site.agent("-m", "order_process", "--once")
    assert (order.state, ended.code) == ("done", 0), ended.out
    return order.resource


def known(site: AgentSite) -> dict[str, str]:
    """What Waldur has, by client id."""
    return {key.client_id: key.api_key for key in site.world.state.api_keys.values()}


def test_an_order_becomes_keys_that_the_gateway_reads(
    site: AgentSite, chat: Resource, gateway: Gateway
) -> None:
    site.member("ada")
    ended = site.agent("-m", "membership_sync", "--once")

    assert (chat.backend_id, ended.code) == ("chat", 0), ended.out
    assert set(known(site)) == KEYS
    assert known(site) == gateway.keys()


def test_a_pause_moves_the_keys_away_until_it_ends(
    site: AgentSite, chat: Resource, gateway: Gateway
) -> None:
    opened = []
    for paused, downscaled in ((True, False), (False, True), (False, False)):
        site.world.pause(chat, paused=paused)
        site.world.downscale(chat, downscaled=downscaled)
        site.agent("-m", "membership_sync", "--once")
        opened.append((set(gateway.keys()), set(gateway.keys(BLOCKED))))

    assert opened == [(set(), KEYS), (set(), KEYS), (KEYS, set())]
    assert known(site) == gateway.keys()


def test_a_rotated_key_takes_the_place_of_the_old_one(
    site: AgentSite, chat: Resource, gateway: Gateway
) -> None:
    assert chat.backend_id
    old = known(site)
    (key,) = (one for one in site.world.state.api_keys.values() if one.client_id == "chat-2")
    site.world.clock.advance(seconds=-AN_HOUR)
    site.world.rotate_key(key)
    site.world.clock.advance(seconds=AN_HOUR)
    ended = site.run("waldur_site_agent", "run", "--once", "-c", str(site.config_file))

    assert (ended.code, key.state) == (0, "OK"), ended.out
    assert known(site) == gateway.keys()
    assert known(site)["chat-1"] == old["chat-1"]
    assert known(site)["chat-2"] != old["chat-2"]


def test_the_end_of_a_resource_is_that_of_its_keys(
    site: AgentSite, chat: Resource, gateway: Gateway
) -> None:
    order = site.world.order_terminate(chat)
    site.agent("-m", "order_process", "--once")

    assert order.state == "done"
    assert not gateway.keys()


def test_keys_that_were_lost_are_told_and_not_made_again(
    site: AgentSite, chat: Resource, gateway: Gateway
) -> None:
    gateway.secrets.one(ACTIVE, NAMESPACE)["data"] = {}
    ended = site.agent("-m", "membership_sync", "--once", "--force")

    assert (ended.code, chat.state) == (1, "OK"), ended.out
    assert not gateway.keys()


def test_nothing_is_lost_while_the_cluster_is_out_of_order(
    site: AgentSite, chat: Resource, remote: Remote, gateway: Gateway
) -> None:
    site.world.pause(chat)
    remote.down = True
    ended = site.agent("-m", "membership_sync", "--once")
    assert (ended.code, chat.state) == (1, "OK"), ended.out

    orders = [site.order("Talk"), site.world.order_terminate(chat)]
    ended = site.agent("-m", "order_process", "--once")
    left = [order.state for order in orders]
    remote.down = False
    site.agent("-m", "order_process", "--once")

    assert (ended.code, left) == (1, ["executing", "executing"])
    assert [order.state for order in orders] == ["done", "done"]
    assert set(gateway.keys()) == {"talk-1", "talk-2"}
    assert known(site).items() >= gateway.keys().items()
