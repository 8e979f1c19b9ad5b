"""Ceph's object storage: a user with keys and quotas, by croit or by RadosGW itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from object_store import Croit, Owner, RadosGW

from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec

if TYPE_CHECKING:
    from waldur_site_agent_testkit.agent_site import AgentSite
    from waldur_site_agent_testkit.mastermind.state import ApiKey, Resource
    from waldur_site_agent_testkit.remote import Remote

PLUGIN = "ceph_s3"
GB = 10**9
STORAGE = {
    "accounting_type": "usage",
    "backend_name": "storage",
    "label": "Storage",
    "measured_unit": "GB-day",
    "unit_factor": GB,
}
COMPONENTS = {
    "s3_storage": ComponentSpec(measured_unit="GB-day", billing_type="usage", unit_factor=GB)
}
CEILING = {"max_storage_limit": 100, "max_object_limit": 1000}


@pytest.fixture(params=[Croit, RadosGW])
def store(request: pytest.FixtureRequest, remote: Remote) -> Croit | RadosGW:
    made: Croit | RadosGW = request.param(remote)
    return made


def configure(site: AgentSite, store: Croit | RadosGW) -> None:
    site.configure(
        order_processing_backend=PLUGIN,
        membership_sync_backend=PLUGIN,
        backend_settings=store.settings,
        backend_components={"s3_storage": STORAGE},
    )


@pytest.fixture
def data(site: AgentSite, store: Croit | RadosGW) -> Resource:
    """A resource with a ceiling of 100 GB, made by the agent."""
    configure(site, store)
    order = site.order("Data", attributes=CEILING)
    ended = site.agent("-m", "order_process", "--once")
    assert (order.state, ended.code) == ("done", 0), ended.out
    return order.resource


def owner(store: Croit | RadosGW) -> Owner:
    (one,) = store.owners.values()
    return one


def keys(site: AgentSite) -> list[ApiKey]:
    return list(site.world.state.api_keys.values())


def test_an_order_becomes_a_user_with_a_ceiling_and_two_keys_that_waldur_has(
    site: AgentSite, data: Resource, store: Croit | RadosGW
) -> None:
    made = owner(store)

    assert data.backend_id == made.uid == "waldur-data"
    assert (made.quota["maxSize"], made.quota["maxObjects"]) == (100 * GB, 1000)
    assert made.bucket_quota == made.quota
    assert made.keys == {key.client_id: key.api_key for key in keys(site)}
    assert len(made.keys) == 2
    assert [end["url"] for end in data.endpoints] == [store.settings["s3_endpoint"]]


def test_secrets_are_in_no_log_and_in_no_metadata(
    site: AgentSite, data: Resource, store: Croit | RadosGW
) -> None:
    ended = site.agent("-m", "membership_sync", "--once")
    said = ended.out + ended.err + str(data.backend_metadata)

    assert ended.code == 0, said
    assert data.backend_metadata["s3_user"] == "waldur-data"
    assert not [secret for secret in owner(store).keys.values() if secret in said]


def test_a_user_that_holds_data_does_not_end(
    site: AgentSite, data: Resource, store: Croit | RadosGW
) -> None:
    owner(store).buckets = {"results": 5 * GB}
    order = site.world.order_terminate(data)
    site.agent("-m", "order_process", "--once")
    assert order.state == "erred"
    assert owner(store).buckets

    owner(store).buckets.clear()
    order = site.world.order_terminate(data)
    site.agent("-m", "order_process", "--once")

    assert order.state == "done"
    assert store.owners == {}


def test_an_order_waits_for_the_store(
    site: AgentSite, store: Croit | RadosGW, remote: Remote
) -> None:
    configure(site, store)
    order = site.order("Data", attributes=CEILING)
    remote.down = True
    site.agent("-m", "order_process", "--once")
    assert (order.state, store.owners) == ("executing", {})
    remote.down = False
    site.agent("-m", "order_process", "--once")

    assert order.state == "done"
    assert owner(store).keys == {key.client_id: key.api_key for key in keys(site)}


def test_another_ones_user_is_not_taken(site: AgentSite, store: Croit | RadosGW) -> None:
    configure(site, store)
    store.owners["waldur-data"] = Owner("waldur-data", "Somebody", "somebody@example.org")
    order = site.order("Data", attributes=CEILING)
    site.agent("-m", "order_process", "--once")

    assert order.state == "erred"
    assert owner(store) == Owner("waldur-data", "Somebody", "somebody@example.org")


def test_everything_waits_while_the_store_is_out_of_order(
    site: AgentSite, data: Resource, store: Croit | RadosGW, remote: Remote
) -> None:
    remote.down = True
    synced = site.agent("-m", "membership_sync", "--once")
    order = site.world.order_terminate(data)
    ordered = site.agent("-m", "order_process", "--once")

    assert (synced.code, ordered.code) == (1, 1)
    assert order.state == "executing"
    assert owner(store).keys
