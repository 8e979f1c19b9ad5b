"""Nextcloud: a group and a group folder with a quota, whose members are Nextcloud's users."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from nextcloud_server import Nextcloud

from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec

if TYPE_CHECKING:
    from waldur_site_agent_testkit.agent_site import AgentSite
    from waldur_site_agent_testkit.mastermind.state import Resource
    from waldur_site_agent_testkit.remote import Remote

PLUGIN = "nextcloud"
COMPONENTS = {"storage": ComponentSpec(measured_unit="GB", billing_type="limit")}
GB = 1024**3


@pytest.fixture
def nextcloud(remote: Remote) -> Nextcloud:
    return Nextcloud(remote)


def configure(site: AgentSite, remote: Remote) -> None:
    site.configure(
        order_processing_backend=PLUGIN,
        membership_sync_backend=PLUGIN,
        reporting_backend=PLUGIN,
        backend_settings={
            "nextcloud_url": remote.url,
            "admin_username": "admin",
            "admin_password": "hush",
        },
    )


@pytest.fixture
def data(site: AgentSite, remote: Remote, nextcloud: Nextcloud) -> Resource:
    """A resource of 20 GB, made by the agent, for a team of ada."""
    configure(site, remote)
    nextcloud.users = {"ada", "bob"}
    site.member("ada", username="ada")
    order = site.order("Data", limits={"storage": 20})
    ended = site.agent("-m", "order_process", "--once")
    assert (order.state, ended.code) == ("done", 0), ended.out
    return order.resource


def members(nextcloud: Nextcloud) -> set[str]:
    (group,) = nextcloud.groups.values()
    return group


def quota(nextcloud: Nextcloud) -> int:
    """In GB, of the only folder."""
    (folder,) = nextcloud.folders.values()
    return folder.quota // GB


def test_an_order_becomes_a_folder_that_a_group_of_members_shares(
    data: Resource, nextcloud: Nextcloud
) -> None:
    folder = nextcloud.folders[int(data.backend_id)]

    assert list(folder.groups) == list(nextcloud.groups)
    assert folder.mount_point.startswith("Example project/Data-")
    assert quota(nextcloud) == 20
    assert members(nextcloud) == {"ada"}


def test_members_come_and_go_as_far_as_nextcloud_knows_them(
    site: AgentSite, data: Resource, nextcloud: Nextcloud
) -> None:
    bob = site.member("bob", username="bob")
    site.member("eve", username="unknown")
    site.agent("-m", "membership_sync", "--once")
    assert members(nextcloud) == {"ada", "bob"}
    site.leave(bob)
    site.agent("-m", "membership_sync", "--once")

    assert members(nextcloud) == {"ada"}
    assert data.limits == {"storage": 20}


def test_new_limits_become_the_quota(site: AgentSite, data: Resource, nextcloud: Nextcloud) -> None:
    order = site.world.order_update(data, {"storage": 30})
    site.agent("-m", "order_process", "--once")

    assert order.state == "done"
    assert quota(nextcloud) == 30


def test_a_pause_takes_the_quota_and_its_end_gives_it_back(
    site: AgentSite, data: Resource, nextcloud: Nextcloud
) -> None:
    site.world.downscale(data)
    site.agent("-m", "membership_sync", "--once")
    assert quota(nextcloud) == 1
    site.world.pause(data)
    site.agent("-m", "membership_sync", "--once")
    assert quota(nextcloud) == 0
    site.world.pause(data, paused=False)
    site.world.downscale(data, downscaled=False)
    site.agent("-m", "membership_sync", "--once")

    assert quota(nextcloud) == 20
    assert data.limits == {"storage": 20}


def test_what_is_stored_is_reported(site: AgentSite, data: Resource, nextcloud: Nextcloud) -> None:
    nextcloud.folders[int(data.backend_id)].size = 5 * GB
    ended = site.agent("-m", "report", "--once")

    assert ended.code == 0, ended.out
    assert site.used(data) == {"storage": 5}


def test_the_end_of_a_resource_is_that_of_its_folder_and_group(
    site: AgentSite, data: Resource, nextcloud: Nextcloud
) -> None:
    order = site.world.order_terminate(data)
    site.agent("-m", "order_process", "--once")

    assert order.state == "done"
    assert (nextcloud.folders, nextcloud.groups) == ({}, {})


def test_a_folder_that_nextcloud_refuses_to_delete_stays_without_a_group(
    site: AgentSite, data: Resource, nextcloud: Nextcloud
) -> None:
    nextcloud.keeps_folders = True
    order = site.world.order_terminate(data)
    site.agent("-m", "order_process", "--once")

    assert order.state == "done", "the plugin says so"
    assert nextcloud.groups == {}
    assert len(nextcloud.folders) == 1


def test_everything_waits_while_nextcloud_is_out_of_order(
    site: AgentSite, data: Resource, remote: Remote, nextcloud: Nextcloud
) -> None:
    site.member("bob", username="bob")
    remote.down = True
    synced = site.agent("-m", "membership_sync", "--once")
    reported = site.agent("-m", "report", "--once")
    order = site.world.order_terminate(data)
    ordered = site.agent("-m", "order_process", "--once")

    assert (synced.code, reported.code, ordered.code) == (1, 1, 1)
    assert order.state == "executing"
    assert members(nextcloud) == {"ada"}
    assert site.used(data) == {}


def test_a_creation_that_was_cut_short_is_made_good_by_the_next_pass_over_members(
    site: AgentSite, remote: Remote, nextcloud: Nextcloud
) -> None:
    configure(site, remote)
    nextcloud.users = {"ada"}
    site.member("ada", username="ada")
    order = site.order("Data", limits={"storage": 20})
    nextcloud.when_shared = lambda: setattr(remote, "down", True)
    site.agent("-m", "order_process", "--once")
    assert order.state == "done", "the plugin says so, quota or not"
    assert members(nextcloud) == set()
    remote.down = False
    site.agent("-m", "membership_sync", "--once")

    assert quota(nextcloud) == 20
    assert members(nextcloud) == {"ada"}


def test_an_order_waits_for_nextcloud_and_adopts_what_it_made(
    site: AgentSite, remote: Remote, nextcloud: Nextcloud
) -> None:
    configure(site, remote)
    order = site.order("Data", limits={"storage": 20})
    nextcloud.when_grouped = lambda: setattr(remote, "down", True)
    site.agent("-m", "order_process", "--once")
    assert order.state == "executing"
    remote.down = False
    site.agent("-m", "order_process", "--once")

    assert order.state == "done"
    assert (len(nextcloud.folders), len(nextcloud.groups)) == (1, 1)
    assert quota(nextcloud) == 20
