"""An OpenNebula front-end, as much of its XML-RPC interface as plugins ask for.

It is strict and has a state: things in pools, by number; groups with quotas, virtual data centres
that hold groups, virtual networks and routers, machines.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from opennebula_wire import (
    ACTION,
    NOT_THERE,
    RefusalError,
    Template,
    number,
    read_template,
    respond,
    xml,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent_testkit.remote import Remote

ACTIVE, DONE, POWEROFF = 3, 6, 8
"""States of a machine."""
RUNNING = 3
QUOTAS = ("DATASTORE", "NETWORK", "VM", "IMAGE")


class Pool(dict[int, Template]):
    """Things of one kind, by number. But for machines, a name is taken once."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self._numbers = count(100)

    @property
    def names(self) -> set[str]:
        return {one["NAME"] for one in self.values()}

    def named(self, name: str) -> Template:
        """Look at one, as a test does."""
        return next(one for one in self.values() if one["NAME"] == name)

    def add(self, name: str, **about: object) -> int:
        if name in self.names and self.kind != "VM":
            raise RefusalError(ACTION, f"NAME is already taken by {self.kind} {name}.")
        id_ = next(self._numbers)
        self[id_] = {"ID": id_, "NAME": name, **about}
        return id_

    def get_one(self, id_: int) -> Template:
        if id_ not in self:
            raise RefusalError(NOT_THERE, f"Error getting {self.kind} [{id_}].")
        return self[id_]

    def allocate(self, template: str, *_: object) -> int:
        about = read_template(template)
        return self.add(about.pop("NAME"), **about)

    def change(self, id_: int, *_: object) -> int:
        """Take a change that nobody looks at."""
        return int(self.get_one(id_)["ID"])

    def delete(self, id_: int, *_: object) -> int:
        del self[self.change(id_)]
        return id_

    def calls(self, prefix: str, listing: str) -> dict[str, Callable[..., object]]:
        """Tell the methods that all kinds have."""
        return {
            f"one.{listing}.info": lambda *_: xml(
                f"{self.kind}_POOL", {self.kind: [*self.values()]}
            ),
            f"one.{prefix}.info": lambda id_, *_: xml(self.kind, self.get_one(id_)),
            f"one.{prefix}.allocate": self.allocate,
            f"one.{prefix}.delete": self.delete,
        }


class OpenNebula:
    """The front-end."""

    def __init__(self, remote: Remote) -> None:
        self.groups, self.vdcs, self.users = Pool("GROUP"), Pool("VDC"), Pool("USER")
        self.networks, self.routers = Pool("VNET"), Pool("VROUTER")
        self.firewalls, self.machines = Pool("SECURITY_GROUP"), Pool("VM")
        calls = {
            **self.groups.calls("group", "grouppool"),
            **self.vdcs.calls("vdc", "vdcpool"),
            **self.users.calls("user", "userpool"),
            **self.networks.calls("vn", "vnpool"),
            **self.routers.calls("vrouter", "vrouterpool"),
            **self.firewalls.calls("secgroup", "secgrouppool"),
            "one.group.allocate": self.allocate_group,
            "one.group.quota": self.set_quota,
            "one.group.update": self.groups.change,
            "one.group.addadmin": self.groups.change,
            "one.vdc.allocate": self.allocate_vdc,
            "one.vdc.addgroup": self.add_group,
            "one.vdc.addcluster": self.vdcs.change,
            "one.vdc.addvnet": self.vdcs.change,
            "one.cluster.addvnet": lambda cluster, network: (
                self.networks.change(network) and cluster
            ),
            "one.user.allocate": self.allocate_user,
            "one.user.chgrp": self.change_group,
            "one.user.update": self.update_user,
            "one.vrouter.instantiate": self.instantiate_router,
            "one.vrouter.delete": self.delete_router,
            "one.template.instantiate": self.instantiate,
            "one.vm.info": lambda id_, *_: xml("VM", self.machines.get_one(id_)),
            "one.vm.action": self.act,
            "one.vm.chown": self.machines.change,
            "one.vm.resize": self.resize,
            "one.vm.diskresize": self.resize_disk,
        }
        remote.route("POST", "/RPC2")(lambda asked: respond(asked, calls))

    def quota(self, group: str) -> dict[str, str]:
        """What the machines of a group may take together, and its disks."""
        about = self.groups.named(group)
        machines, disks = about["VM_QUOTA"]["VM"], about["DATASTORE_QUOTA"]["DATASTORE"]
        return {"cpu": machines["CPU"], "ram": machines["MEMORY"], "storage": disks["SIZE"]}

    def allocate_group(self, name: str) -> int:
        return self.groups.add(name, TEMPLATE={}, **{f"{kind}_QUOTA": {} for kind in QUOTAS})

    def set_quota(self, group: int, template: str) -> int:
        about = self.groups.get_one(group)
        for kind, limits in read_template(template).items():
            quota = about[f"{kind}_QUOTA"]
            used = {f"{name}_USED": "0" for name in limits if name != "ID"}
            new = {name: number(limit) for name, limit in limits.items()}
            quota[kind] = used | quota.get(kind, {}) | new
        return group

    def allocate_vdc(self, template: str, *_: object) -> int:
        parts = {kind: {} for kind in ("GROUPS", "CLUSTERS", "HOSTS", "DATASTORES", "VNETS")}
        return self.vdcs.add(read_template(template)["NAME"], **parts)

    def add_group(self, vdc: int, group: int) -> int:
        self.groups.get_one(group)
        self.vdcs.get_one(vdc)["GROUPS"] = {"ID": [group]}
        return vdc

    def allocate_user(self, name: str, password: str, driver: str) -> int:
        assert password
        return self.users.add(name, GID=1, AUTH_DRIVER=driver, TEMPLATE={})

    def change_group(self, user: int, group: int) -> int:
        self.users.get_one(user)["GID"] = self.groups.get_one(group)["ID"]
        return user

    def update_user(self, user: int, template: str, *_: object) -> int:
        self.users.get_one(user)["TEMPLATE"] |= read_template(template)
        return user

    def instantiate_router(
        self, router: int, machines: int, template: int, name: str, _hold: object, extra: str
    ) -> int:
        assert machines == 1
        machine = self.instantiate(template, name, None, extra)
        self.routers.get_one(router)["VMS"] = {"ID": machine}
        return router

    def delete_router(self, router: int, *_: object) -> int:
        self.act("terminate-hard", self.routers.get_one(router)["VMS"]["ID"])
        return self.routers.delete(router)

    def instantiate(self, template: int, name: str, _hold: object, extra: str, *_: object) -> int:
        """Make a machine; it runs at once."""
        assert template
        about: dict[str, Any] = read_template(extra)
        cards = about.get("NIC", [])
        for card, id_ in zip(cards if isinstance(cards, list) else [cards], count()):
            card.update({"NIC_ID": id_, "IP": card.get("IP", f"192.0.2.{id_ + 1}")})
        return self.machines.add(name, STATE=ACTIVE, LCM_STATE=RUNNING, TEMPLATE=about)

    def act(self, action: str, machine: int) -> int:
        states = {"terminate-hard": DONE, "poweroff-hard": POWEROFF, "resume": ACTIVE}
        self.machines.get_one(machine)["STATE"] = states[action]
        return machine

    def resize(self, machine: int, template: str, *_: object) -> int:
        self._powered_off(machine)["TEMPLATE"].update(read_template(template))
        return machine

    def resize_disk(self, machine: int, _disk: int, size: str) -> int:
        self._powered_off(machine)["TEMPLATE"]["DISK"]["SIZE"] = size
        return machine

    def _powered_off(self, machine: int) -> Template:
        about = self.machines.get_one(machine)
        if about["STATE"] != POWEROFF:
            raise RefusalError(ACTION, "This action is not available for state RUNNING")
        return about
