"""Nextcloud: a group and a group folder with a quota, whose members are Nextcloud's users."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec
from waldur_site_agent_testkit.remote import Answer, Asked, Remote

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent_testkit.agent_site import AgentSite
    from waldur_site_agent_testkit.mastermind.state import Resource

PLUGIN = "nextcloud"
COMPONENTS = {"storage": ComponentSpec(measured_unit="GB", billing_type="limit")}
GB = 1024**3
CLOUD = "/ocs/v2.php/cloud"
FOLDERS = "/apps/groupfolders/folders"


def ocs(data: object = None, *, status: int = 200, message: str = "OK") -> Answer:
    """Wrap an answer as OCS v2 does, where the HTTP status is that of the envelope."""
    meta = {
        "status": "ok" if status == 200 else "failure",
        "statuscode": status,
        "message": message,
    }
    return Answer({"ocs": {"meta": meta, "data": data or []}}, status=status)


def form(asked: Asked, name: str) -> str:
    return parse_qs(asked.body.decode())[name][0]


@dataclass
class Folder:
    """A group folder; its sizes are in bytes."""

    id: int
    mount_point: str
    groups: dict[str, int] = field(default_factory=dict)
    quota: int = -3
    size: int = 0


class Nextcloud:
    """As much of Nextcloud's OCS and group folders' APIs as the plugin asks for."""

    def __init__(self, remote: Remote) -> None:
        self.groups: dict[str, set[str]] = {}
        self.users: set[str] = set()
        self.folders: dict[int, Folder] = {}
        self.keeps_folders = False
        self.when_grouped: Callable[[], None] = lambda: None
        self.when_shared: Callable[[], None] = lambda: None
        remote.route("GET", "/status.php")(lambda _: Answer({"installed": True}))
        remote.route("GET", f"{CLOUD}/groups/{{group}}")(self.group)
        remote.route("POST", f"{CLOUD}/groups")(self.create_group)
        remote.route("DELETE", f"{CLOUD}/groups/{{group}}")(self.delete_group)
        remote.route("GET", f"{CLOUD}/users/{{user}}")(self.user)
        remote.route("POST", f"{CLOUD}/users/{{user}}/groups")(self.join)
        remote.route("DELETE", f"{CLOUD}/users/{{user}}/groups")(self.leave)
        remote.route("GET", FOLDERS)(self.list_folders)
        remote.route("POST", FOLDERS)(self.create_folder)
        remote.route("GET", f"{FOLDERS}/{{id}}")(self.folder)
        remote.route("DELETE", f"{FOLDERS}/{{id}}")(self.delete_folder)
        remote.route("POST", f"{FOLDERS}/{{id}}/groups")(self.share)
        remote.route("POST", f"{FOLDERS}/{{id}}/groups/{{group}}")(self.permit)
        remote.route("POST", f"{FOLDERS}/{{id}}/quota")(self.set_quota)

    def group(self, asked: Asked) -> Answer:
        members = self.groups.get(asked.parts["group"])
        if members is None:
            return ocs(status=404, message="The requested group could not be found")
        return ocs({"users": sorted(members)})

    def create_group(self, asked: Asked) -> Answer:
        name = form(asked, "groupid")
        if name in self.groups:
            return ocs(status=400, message="group exists")
        self.groups[name] = set()
        self.when_grouped()
        return ocs()

    def delete_group(self, asked: Asked) -> Answer:
        del self.groups[asked.parts["group"]]
        for folder in self.folders.values():
            folder.groups.pop(asked.parts["group"], None)
        return ocs()

    def user(self, asked: Asked) -> Answer:
        name = asked.parts["user"]
        if name not in self.users:
            return ocs(status=404, message="User does not exist")
        return ocs({"id": name, "enabled": True})

    def join(self, asked: Asked) -> Answer:
        if asked.parts["user"] not in self.users:
            return ocs(status=400, message="user does not exist")
        self.groups[form(asked, "groupid")].add(asked.parts["user"])
        return ocs()

    def leave(self, asked: Asked) -> Answer:
        self.groups[form(asked, "groupid")].remove(asked.parts["user"])
        return ocs()

    def shown(self, folder: Folder) -> dict[str, Any]:
        return {**vars(folder), "manage": [], "acl": False}

    def list_folders(self, _: Asked) -> Answer:
        return ocs({str(one.id): self.shown(one) for one in self.folders.values()})

    def create_folder(self, asked: Asked) -> Answer:
        number = len(self.folders) + 1
        self.folders[number] = Folder(number, form(asked, "mountpoint"))
        return ocs({"id": number})

    def folder(self, asked: Asked) -> Answer:
        found = self.folders.get(int(asked.parts["id"]))
        return ocs(self.shown(found)) if found else ocs(status=404)

    def delete_folder(self, asked: Asked) -> Answer:
        if self.keeps_folders:
            return ocs(status=500, message="Internal error")
        del self.folders[int(asked.parts["id"])]
        return ocs({"success": True})

    def share(self, asked: Asked) -> Answer:
        self.folders[int(asked.parts["id"])].groups[form(asked, "group")] = 31
        self.when_shared()
        return ocs({"success": True})

    def permit(self, asked: Asked) -> Answer:
        folder = self.folders[int(asked.parts["id"])]
        folder.groups[asked.parts["group"]] = int(form(asked, "permissions"))
        return ocs({"success": True})

    def set_quota(self, asked: Asked) -> Answer:
        self.folders[int(asked.parts["id"])].quota = int(form(asked, "quota"))
        return ocs({"success": True})


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
