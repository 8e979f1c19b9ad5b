"""Keycloak's admin interface, as far as plugins ask: users, groups and who is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waldur_site_agent_testkit.remote import Answer

if TYPE_CHECKING:
    from waldur_site_agent_testkit.remote import Asked, Remote

REALM = "site"
TOKEN = {"access_token": "hush", "expires_in": 300, "refresh_token": "hush", "token_type": "Bearer"}
CREATED, NOTHING, CONFLICT = 201, 204, 409
MISSING = Answer({"error": "Could not find group by id"}, status=404)


class Keycloak:
    """A realm.

    Attributes:
        users: names by id.
        groups: by id: name, id of the parent or "", and ids of the members.
        lists_children: groups are shown with those below them, as by versions before 23.
    """

    def __init__(self, remote: Remote) -> None:
        self.users: dict[str, str] = {}
        self.groups: dict[str, dict[str, Any]] = {}
        self.lists_children = True
        remote.route("POST", "/realms/{realm}/protocol/openid-connect/token")(
            lambda _: Answer(TOKEN)
        )
        admin = f"/admin/realms/{REALM}"
        remote.route("GET", admin)(lambda _: Answer({"realm": REALM}))
        remote.route("GET", f"{admin}/users")(self.find_users)
        remote.route("GET", f"{admin}/users/{{user}}")(self.read_user)
        remote.route("GET", f"{admin}/users/{{user}}/groups")(self.groups_of)
        remote.route("PUT", f"{admin}/users/{{user}}/groups/{{group}}")(self.join)
        remote.route("DELETE", f"{admin}/users/{{user}}/groups/{{group}}")(self.leave)
        remote.route("GET", f"{admin}/groups")(self.list_groups)
        remote.route("POST", f"{admin}/groups")(lambda asked: self.make(asked, ""))
        remote.route("DELETE", f"{admin}/groups/{{group}}")(self.delete)
        remote.route("GET", f"{admin}/groups/{{group}}/members")(self.members_of)
        remote.route("GET", f"{admin}/groups/{{group}}/children")(self.children_of)
        remote.route("POST", f"{admin}/groups/{{group}}/children")(
            lambda asked: self.make(asked, asked.parts["group"])
        )

    def add_user(self, name: str) -> None:
        self.users[f"id-of-{name}"] = name

    def add_group(self, name: str, *, parent: str = "") -> str:
        """Make a group, below another; answer with its id."""
        group = f"group-{len(self.groups) + 1}-{name}"
        self.groups[group] = {"name": name, "parent": parent, "members": set()}
        return group

    def add_member(self, group: str, name: str, *, parent: str) -> None:
        """Make a group and the one above it, and put a user into it."""
        above = self.add_group(parent)
        self.groups[self.add_group(group, parent=above)]["members"].add(f"id-of-{name}")

    def members(self, group: str) -> set[str]:
        """Names of the members of the groups of a name."""
        return {
            self.users[user]
            for one in self.groups.values()
            if one["name"] == group
            for user in one["members"]
        }

    def names(self) -> set[str]:
        return {one["name"] for one in self.groups.values()}

    def shown_user(self, user: str) -> dict[str, Any]:
        name = self.users[user]
        return {"id": user, "username": name, "email": f"{name}@example.org", "enabled": True}

    def shown(self, group: str) -> dict[str, Any]:
        listed = self.children(group) if self.lists_children else []
        children = [self.shown(child) for child in listed]
        one = self.groups[group]
        return {"id": group, "name": one["name"], "path": self.path(group), "subGroups": children}

    def path(self, group: str) -> str:
        one = self.groups[group]
        return f"{self.path(one['parent']) if one['parent'] else ''}/{one['name']}"

    def children(self, parent: str) -> list[str]:
        return [group for group, one in self.groups.items() if one["parent"] == parent]

    def find_users(self, asked: Asked) -> Answer:
        """Those of a name, or with a part of it in theirs."""
        wanted, exact = asked.one("username"), asked.one("exact").lower() == "true"
        fitting = [
            user
            for user, name in self.users.items()
            if (name == wanted if exact else wanted in name)
        ]
        return Answer([self.shown_user(user) for user in fitting])

    def read_user(self, asked: Asked) -> Answer:
        user = asked.parts["user"]
        if user not in self.users:
            return Answer({"error": "User not found"}, status=404)
        return Answer(self.shown_user(user))

    def list_groups(self, _: Asked) -> Answer:
        """Those at the top, and what is below them."""
        return Answer([self.shown(group) for group in self.children("")])

    def children_of(self, asked: Asked) -> Answer:
        return Answer([self.shown(one) for one in self.children(asked.parts["group"])])

    def make(self, asked: Asked, parent: str) -> Answer:
        body: Any = asked.json()
        if any(self.groups[one]["name"] == body["name"] for one in self.children(parent)):
            message = f"Sibling group named '{body['name']}' already exists."
            return Answer({"errorMessage": message}, status=CONFLICT)
        group = self.add_group(body["name"], parent=parent)
        where = f"/admin/realms/{REALM}/groups/{group}"
        return Answer({"id": group, "name": body["name"]}, CREATED, {"Location": where})

    def delete(self, asked: Asked) -> Answer:
        group = asked.parts["group"]
        if group not in self.groups:
            return MISSING
        for one in [group, *self.children(group)]:
            del self.groups[one]
        return Answer(status=NOTHING)

    def members_of(self, asked: Asked) -> Answer:
        group = asked.parts["group"]
        if group not in self.groups:
            return MISSING
        first = int(asked.one("first", "0"))
        return Answer(
            [self.shown_user(user) for user in sorted(self.groups[group]["members"])][first:]
        )

    def groups_of(self, asked: Asked) -> Answer:
        user = asked.parts["user"]
        return Answer([self.shown(g) for g, one in self.groups.items() if user in one["members"]])

    def join(self, asked: Asked) -> Answer:
        self.groups[asked.parts["group"]]["members"].add(asked.parts["user"])
        return Answer(status=NOTHING)

    def leave(self, asked: Asked) -> Answer:
        self.groups[asked.parts["group"]]["members"].discard(asked.parts["user"])
        return Answer(status=NOTHING)
