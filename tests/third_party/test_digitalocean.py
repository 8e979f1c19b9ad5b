"""DigitalOcean: a droplet for each resource, whose size follows from the ordered limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec
from waldur_site_agent_testkit.remote import Answer, Asked, Remote

if TYPE_CHECKING:
    from waldur_site_agent_testkit.agent_site import AgentSite
    from waldur_site_agent_testkit.mastermind.state import Resource

PLUGIN = "digitalocean"
COMPONENTS = {kind: ComponentSpec() for kind in ("cpu", "ram", "disk")}
SIZES = {
    "s-1vcpu-1gb": {"cpu": 1, "ram": 1024, "disk": 25},
    "s-2vcpu-4gb": {"cpu": 2, "ram": 4096, "disk": 80},
}
MIB = 1024
"""In a GB, as the plugin counts disks."""
SMALL = {"cpu": 1, "ram": 1024, "disk": 25 * MIB}
BIG = {"cpu": 2, "ram": 4096, "disk": 80 * MIB}
KEY = {"id": 512189, "fingerprint": "3b:16:bf:e4", "name": "site", "public_key": "ssh-ed25519 AAAA"}


class DigitalOcean:
    """As much of DigitalOcean's API (v2) as the plugin asks for, strict and with a state."""

    def __init__(self, remote: Remote) -> None:
        self.droplets: dict[int, dict[str, Any]] = {}
        api = "/v2"
        remote.route("GET", f"{api}/account/")(self.account)
        remote.route("GET", f"{api}/account/keys/{{id}}")(self.key)
        remote.route("POST", f"{api}/droplets/")(self.create)
        remote.route("GET", f"{api}/droplets/{{id}}")(self.droplet)
        remote.route("DELETE", f"{api}/droplets/{{id}}")(self.delete)
        remote.route("POST", f"{api}/droplets/{{id}}/actions/")(self.act)

    def account(self, _: Asked) -> Answer:
        return Answer({"account": {"uuid": "b6f", "status": "active", "droplet_limit": 10}})

    def key(self, asked: Asked) -> Answer:
        if asked.parts["id"] != KEY["fingerprint"]:
            return gone()
        return Answer({"ssh_key": KEY})

    def create(self, asked: Asked) -> Answer:
        body: Any = asked.json()
        number = 3164444 + len(self.droplets)
        droplet = {
            "id": number,
            "name": body["name"],
            "region": {"slug": body["region"]},
            "image": {"slug": body["image"]},
            "ssh_keys": body.get("ssh_keys"),
            "status": "active",
        }
        self.droplets[number] = droplet
        self.size(droplet, body["size"])
        links = {"actions": [{"id": 1, "rel": "create", "href": f"{asked.path}/actions/1"}]}
        return Answer({"droplet": droplet, "links": links}, status=202)

    def size(self, droplet: dict[str, Any], slug: str) -> None:
        size = SIZES[slug]
        droplet |= {"size_slug": slug, "vcpus": size["cpu"], "memory": size["ram"]}
        droplet |= {"disk": size["disk"], "size": {"slug": slug}}
        droplet |= {"networks": {"v4": [{"type": "public", "ip_address": "203.0.113.9"}], "v6": []}}

    def droplet(self, asked: Asked) -> Answer:
        found = self.found(asked)
        return Answer({"droplet": found}) if found else gone()

    def found(self, asked: Asked) -> dict[str, Any] | None:
        number = asked.parts["id"]
        return self.droplets.get(int(number)) if number.isdigit() else None

    def delete(self, asked: Asked) -> Answer:
        if self.droplets.pop(int(asked.parts["id"]), None) is None:
            return gone()
        return Answer(status=204)

    def act(self, asked: Asked) -> Answer:
        body: Any = asked.json()
        droplet = self.found(asked)
        if droplet is None:
            return gone()
        match body["type"]:
            case "resize":
                self.size(droplet, body["size"])
            case "shutdown":
                droplet["status"] = "off"
            case "power_on":
                droplet["status"] = "active"
        action = {"id": 7, "status": "completed", "type": body["type"]}
        return Answer({"action": action}, status=201)


def gone() -> Answer:
    message = "The resource you requested could not be found."
    return Answer({"id": "not_found", "message": message}, status=404)


@pytest.fixture
def ocean(remote: Remote) -> DigitalOcean:
    return DigitalOcean(remote)


@pytest.fixture
def data(site: AgentSite, remote: Remote, ocean: DigitalOcean) -> Resource:
    """A resource with the smallest droplet, made by the agent."""
    assert ocean.droplets == {}
    site.configure(
        order_processing_backend=PLUGIN,
        membership_sync_backend=PLUGIN,
        reporting_backend=PLUGIN,
        backend_settings={
            "token": "hush",
            "default_region": "fra1",
            "default_image": "debian-12-x64",
            "default_ssh_key_fingerprint": KEY["fingerprint"],
            "size_mapping": {
                slug: {**size, "disk": size["disk"] * MIB} for slug, size in SIZES.items()
            },
        },
    )
    site.variables["DIGITALOCEAN_END_POINT"] = f"{remote.url}/v2/"
    order = site.order("Data", limits=SMALL)
    ended = site.agent("-m", "order_process", "--once")
    assert (order.state, ended.code) == ("done", 0), ended.out
    return order.resource


def droplet(ocean: DigitalOcean) -> dict[str, Any]:
    (one,) = ocean.droplets.values()
    return one


def test_an_order_becomes_a_droplet_of_the_size_that_the_limits_give(
    data: Resource, ocean: DigitalOcean
) -> None:
    made = droplet(ocean)

    assert data.backend_id == str(made["id"])
    assert (made["name"], made["size_slug"]) == ("data", "s-1vcpu-1gb")
    assert made["ssh_keys"] == [KEY["id"]]


def test_new_limits_become_a_size_if_there_is_one(
    site: AgentSite, data: Resource, ocean: DigitalOcean
) -> None:
    order = site.world.order_update(data, BIG)
    site.agent("-m", "order_process", "--once")
    assert (order.state, droplet(ocean)["size_slug"]) == ("done", "s-2vcpu-4gb")
    order = site.world.order_update(data, {**BIG, "cpu": 3})
    site.agent("-m", "order_process", "--once")

    assert (order.state, droplet(ocean)["size_slug"]) == ("done", "s-2vcpu-4gb")


def test_a_paused_droplet_is_off_until_the_pause_ends(
    site: AgentSite, data: Resource, ocean: DigitalOcean
) -> None:
    site.world.pause(data)
    site.agent("-m", "membership_sync", "--once")
    assert droplet(ocean)["status"] == "off"
    site.world.pause(data, paused=False)
    ended = site.agent("-m", "membership_sync", "--once")

    assert ended.code == 0, ended.out
    assert droplet(ocean)["status"] == "active"
    assert "203.0.113.9" in str(data.backend_metadata)
    assert data.limits == SMALL


def test_slowed_down_a_droplet_is_off_too(
    site: AgentSite, data: Resource, ocean: DigitalOcean
) -> None:
    site.world.downscale(data)
    site.agent("-m", "membership_sync", "--once")

    assert droplet(ocean)["status"] == "off"


def test_the_end_of_a_resource_is_that_of_its_droplet(
    site: AgentSite, data: Resource, ocean: DigitalOcean
) -> None:
    order = site.world.order_terminate(data)
    site.agent("-m", "order_process", "--once")

    assert order.state == "done"
    assert ocean.droplets == {}


def test_a_droplet_that_somebody_deleted_is_missed_and_may_end(
    site: AgentSite, data: Resource, ocean: DigitalOcean
) -> None:
    ocean.droplets.clear()
    ended = site.agent("-m", "membership_sync", "--once")
    assert "resource.missing" in {event["event"] for event in ended.events}
    order = site.world.order_terminate(data)
    site.agent("-m", "order_process", "--once")

    assert order.state == "done"


def test_everything_waits_while_digitalocean_is_out_of_order(
    site: AgentSite, data: Resource, remote: Remote, ocean: DigitalOcean
) -> None:
    remote.down = True
    synced = site.agent("-m", "membership_sync", "--once")
    reported = site.agent("-m", "report", "--once")
    end, more = site.world.order_terminate(data), site.order("More", limits=SMALL)
    ordered = site.agent("-m", "order_process", "--once")

    assert (synced.code, reported.code, ordered.code) == (1, 1, 1)
    assert (end.state, more.state) == ("executing", "executing")
    assert data.state == "Terminating"
    assert len(ocean.droplets) == 1


def test_a_droplets_use_is_not_measured(site: AgentSite, data: Resource) -> None:
    ended = site.agent("-m", "report", "--once")

    assert ended.code == 0, ended.out
    assert set(site.used(data).values()) <= {0}
