"""Object storage of Ceph, reached by croit's management API or by RadosGW's Admin Ops."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from waldur_site_agent_testkit.remote import Answer, Asked, Remote

TOKEN = "hush"
ADMIN_KEY = "ADMINACCESSKEY000000"


@dataclass
class Owner:
    """A user of the object store; quotas are in bytes and numbers of objects."""

    uid: str
    name: str
    email: str
    keys: dict[str, str] = field(default_factory=dict)
    quota: dict[str, Any] = field(default_factory=dict)
    bucket_quota: dict[str, Any] = field(default_factory=dict)
    buckets: dict[str, int] = field(default_factory=dict)
    """Their sizes."""


class Croit:
    """As much of croit's API as the plugin asks for. Like RadosGW, it gives a new user a key."""

    def __init__(self, remote: Remote) -> None:
        self.settings = {
            "flavour": "croit",
            "api_url": remote.url,
            "token": TOKEN,
            "s3_endpoint": "https://s3.example.com",
        }
        self.owners: dict[str, Owner] = {}
        self.stored: dict[str, list[tuple[float, int | None]]] = {}
        """Bytes at moments (Unix time), by user."""
        api = "/api"
        remote.route("GET", f"{api}/s3/users")(self.list)
        remote.route("POST", f"{api}/s3/users")(self.create)
        remote.route("GET", f"{api}/s3/users/{{uid}}")(self.show)
        remote.route("DELETE", f"{api}/s3/users/{{uid}}")(self.delete)
        remote.route("PUT", f"{api}/s3/users/{{uid}}/keys/{{key}}")(self.set_key)
        remote.route("DELETE", f"{api}/s3/users/{{uid}}/keys/{{key}}")(self.delete_key)
        remote.route("GET", f"{api}/s3/users/{{uid}}/keys")(self.list_keys)
        remote.route("PUT", f"{api}/s3/users/{{uid}}/quota")(self.set_quota)
        remote.route("PUT", f"{api}/s3/users/{{uid}}/bucket-quota")(self.set_bucket_quota)
        remote.route("GET", f"{api}/s3/users/{{uid}}/buckets")(self.list_buckets)
        remote.route("GET", f"{api}/stats")(self.stats)

    def owner(self, asked: Asked) -> Owner | None:
        assert asked.headers["authorization"] == f"Bearer {TOKEN}"
        return self.owners.get(asked.parts["uid"])

    def list(self, _: Asked) -> Answer:
        return Answer([shown(one) for one in self.owners.values()])

    def create(self, asked: Asked) -> Answer:
        body: Any = asked.json()
        if body["uid"] in self.owners:
            return Answer({"message": "User already exists"}, status=409)
        owner = Owner(body["uid"], body["name"], body["email"], keys={"AUTO": "generated"})
        self.owners[owner.uid] = owner
        return Answer(shown(owner), status=201)

    def show(self, asked: Asked) -> Answer:
        owner = self.owner(asked)
        return Answer(shown(owner)) if owner else gone()

    def delete(self, asked: Asked) -> Answer:
        owner = self.owner(asked)
        if owner is None:
            return gone()
        if owner.buckets:
            return Answer({"message": "Unable to remove user with buckets."}, status=500)
        del self.owners[owner.uid]
        return Answer(status=204)

    def list_keys(self, asked: Asked) -> Answer:
        owner = self.owner(asked)
        return Answer(shown(owner)["keys"]) if owner else gone()

    def set_key(self, asked: Asked) -> Answer:
        owner = self.owner(asked)
        if owner is None:
            return gone()
        owner.keys[asked.parts["key"]] = asked.one("secretKey")
        return Answer(status=204)

    def delete_key(self, asked: Asked) -> Answer:
        owner = self.owner(asked)
        if owner is None or owner.keys.pop(asked.parts["key"], None) is None:
            return gone()
        return Answer(status=204)

    def set_quota(self, asked: Asked) -> Answer:
        owner, body = self.owner(asked), asked.json()
        assert owner is not None
        assert isinstance(body, dict)
        owner.quota = body
        return Answer(status=204)

    def set_bucket_quota(self, asked: Asked) -> Answer:
        owner, body = self.owner(asked), asked.json()
        assert owner is not None
        assert isinstance(body, dict)
        owner.bucket_quota = body
        return Answer(status=204)

    def list_buckets(self, asked: Asked) -> Answer:
        owner = self.owner(asked)
        if owner is None:
            return gone()
        return Answer([{"bucket": name, "size": size} for name, size in owner.buckets.items()])

    def stats(self, asked: Asked) -> Answer:
        assert asked.one("graph") == "s3-user-data"
        series = self.stored.get(asked.one("template-s3-user-name"))
        if series is None:
            return Answer({"message": "No such graph"}, status=404)
        start, end = float(asked.one("startTime")), float(asked.one("endTime"))
        points = [{"t": moment, "v": size} for moment, size in series if start <= moment <= end]
        return Answer({"axis1": {"graphs": [{"datapoints": points}]}})


class RadosGW:
    """As much of RadosGW's Admin Ops API as the plugin asks for."""

    def __init__(self, remote: Remote) -> None:
        self.settings = {
            "flavour": "radosgw",
            "s3_endpoint": remote.url,
            "admin_access_key": ADMIN_KEY,
            "admin_secret_key": "hush",
            "s3_region": "us-east-1",
        }
        self.owners: dict[str, Owner] = {}
        remote.route("GET", "/admin/user")(self.show)
        remote.route("PUT", "/admin/user")(self.put)
        remote.route("DELETE", "/admin/user")(self.delete)
        remote.route("GET", "/admin/bucket")(lambda _: Answer([]))

    def owner(self, asked: Asked) -> Owner | None:
        signed = asked.headers["authorization"]
        assert signed.startswith(f"AWS4-HMAC-SHA256 Credential={ADMIN_KEY}/")
        assert "/us-east-1/s3/aws4_request" in signed
        return self.owners.get(asked.one("uid"))

    def show(self, asked: Asked) -> Answer:
        owner = self.owner(asked)
        if "list" in asked.query:
            keys = sorted(self.owners)
            return Answer({"keys": keys, "count": len(keys), "truncated": False})
        return Answer(admin_view(owner)) if owner else no_such_user()

    def put(self, asked: Asked) -> Answer:
        owner = self.owner(asked)
        if "display-name" in asked.query:
            return self.create(asked, owner)
        if owner is None:
            return no_such_user()
        if "key" in asked.query:
            owner.keys[asked.one("access-key")] = asked.one("secret-key")
        elif asked.one("quota-type") == "user":
            owner.quota = quota_of(asked)
        elif asked.one("quota-type") == "bucket":
            owner.bucket_quota = quota_of(asked)
        return Answer(admin_view(owner)["keys"])

    def create(self, asked: Asked, owner: Owner | None) -> Answer:
        if owner:
            return Answer({"Code": "UserAlreadyExists"}, status=409)
        owner = Owner(asked.one("uid"), asked.one("display-name"), asked.one("email"))
        if asked.one("generate-key").lower() != "false":
            owner.keys = {"AUTO": "generated"}
        self.owners[owner.uid] = owner
        return Answer(admin_view(owner))

    def delete(self, asked: Asked) -> Answer:
        owner = self.owner(asked)
        if owner is None:
            return no_such_user()
        if "key" in asked.query:
            owner.keys.pop(asked.one("access-key"))
        elif owner.buckets:
            return Answer({"Code": "BucketNotEmpty"}, status=409)
        else:
            del self.owners[owner.uid]
        return Answer()


def quota_of(asked: Asked) -> dict[str, Any]:
    names = ("enabled", "max-size", "max-size-kb", "max-objects")
    told = {name: asked.one(name) for name in names if name in asked.query}
    body = asked.json() if asked.body else {}
    assert isinstance(body, dict)
    told |= body
    return {"maxSize": int(told["max-size"]), "maxObjects": int(told["max-objects"])}


def admin_view(owner: Owner) -> dict[str, Any]:
    keys = [
        {"user": owner.uid, "access_key": key, "secret_key": secret}
        for key, secret in owner.keys.items()
    ]
    return {
        "user_id": owner.uid,
        "display_name": owner.name,
        "email": owner.email,
        "suspended": 0,
        "keys": keys,
        "user_quota": owner.quota,
        "bucket_quota": owner.bucket_quota,
    }


def no_such_user() -> Answer:
    return Answer({"Code": "NoSuchUser"}, status=404)


def shown(owner: Owner) -> dict[str, Any]:
    keys = [
        {"user": owner.uid, "access_key": key, "secret_key": secret}
        for key, secret in owner.keys.items()
    ]
    return {
        "uid": owner.uid,
        "name": owner.name,
        "email": owner.email,
        "suspended": False,
        "keys": keys,
        "userQuota": owner.quota,
        "bucketQuota": owner.bucket_quota,
    }


def gone() -> Answer:
    return Answer({"message": "User not found"}, status=404)
