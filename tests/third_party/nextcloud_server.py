"""As much of Nextcloud as plugins ask for: users, groups, and folders that groups share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from waldur_site_agent_testkit.remote import Answer, Asked, Remote

if TYPE_CHECKING:
    from collections.abc import Callable

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
