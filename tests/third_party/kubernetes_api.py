"""A Kubernetes API server, as much of it as plugins ask for: strict, and with a state.

Objects of declared kinds are made, read, listed by label, replaced, patched and deleted as by a
real one; what a plugin gets wrong gets the server's own 404, 409 and 422.
"""

from __future__ import annotations

import base64
import copy
import re
from typing import TYPE_CHECKING, Any

from waldur_site_agent_testkit.remote import Answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from waldur_site_agent_testkit.remote import Asked, Remote

Object = dict[str, Any]
Key = tuple[str, str]
"""Namespace, or "" where the kind has none; and name."""

CORE = "/api/v1"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
NAME = re.compile(r"[a-z0-9]([-a-z0-9.:]{0,251}[a-z0-9])?")
"""What the server takes as a name."""


def refusal(status: int, reason: str, message: str) -> Answer:
    """Answer with the server's Status object."""
    body = {"kind": "Status", "status": "Failure", "reason": reason, "message": message}
    return Answer({"apiVersion": "v1", **body, "code": status}, status=status)


def merged(old: Any, patch: Any) -> Any:
    """Apply a JSON merge patch (RFC 7386)."""
    if not isinstance(patch, dict):
        return patch
    old = old if isinstance(old, dict) else {}
    both = {**old, **{name: merged(old.get(name), value) for name, value in patch.items()}}
    return {name: value for name, value in both.items() if value is not None}


def labelled(one: Object, selector: str) -> bool:
    """Tell whether it has all the labels of a selector such as ``a=b,c=d``."""
    wanted = dict(term.split("=", 1) for term in selector.split(",") if term)
    return bool(wanted.items() <= one["metadata"].get("labels", {}).items())


class Kind:
    """All objects of one kind, and the routes that lead to them.

    Attributes:
        objects: as they are stored; tests may look at them and change them.
        controller: what the cluster itself does with an object that was written, such as a status.
    """

    def __init__(
        self,
        remote: Remote,
        group: str,
        plural: str,
        *,
        namespaced: bool = True,
        controller: Callable[[Object], None] = lambda _: None,
    ) -> None:
        self.plural, self.controller = plural, controller
        self.objects: dict[Key, Object] = {}
        many = f"{group}/namespaces/{{namespace}}/{plural}" if namespaced else f"{group}/{plural}"
        remote.route("GET", many)(self.list)
        remote.route("POST", many)(self.create)
        for method, handler in (
            ("GET", self.read),
            ("PUT", self.replace),
            ("PATCH", self.patch),
            ("DELETE", self.delete),
        ):
            remote.route(method, f"{many}/{{name}}")(handler)

    def one(self, name: str, namespace: str = "") -> Object:
        """Look at one, as a test does."""
        return self.objects[namespace, name]

    def names(self) -> set[str]:
        return {name for _, name in self.objects}

    def list(self, asked: Asked) -> Answer:
        items = [
            one
            for (namespace, _), one in self.objects.items()
            if namespace == asked.parts.get("namespace", "")
            and labelled(one, asked.one("labelSelector"))
        ]
        return Answer({"kind": "List", "metadata": {"resourceVersion": "1"}, "items": items})

    def create(self, asked: Asked) -> Answer:
        body: Any = asked.json()
        key = asked.parts.get("namespace", ""), body["metadata"].get("name", "")
        if not NAME.fullmatch(key[1]):
            return refusal(422, "Invalid", f"{self.plural} {key[1]!r} is invalid")
        if key in self.objects:
            return refusal(409, "AlreadyExists", f"{self.plural} {key[1]!r} already exists")
        return self.keep(key, body, status=201)

    def keep(self, key: Key, body: Object, *, status: int = 200) -> Answer:
        """Store it with the metadata that the server adds, and the status that it had."""
        namespace, name = key
        known = self.objects.get(key, {"metadata": {}})
        version = int(known["metadata"].get("resourceVersion", "0")) + 1
        own = {"name": name, "uid": f"{namespace}/{name}", "resourceVersion": str(version)}
        kept = copy.deepcopy(body)
        kept["metadata"] |= own | ({"namespace": namespace} if namespace else {})
        kept |= {"status": known["status"]} if "status" in known else {}
        self.controller(kept)
        self.objects[key] = kept
        return Answer(kept, status=status)

    def read(self, asked: Asked) -> Answer:
        return self._with(asked, lambda _, one: Answer(one))

    def replace(self, asked: Asked) -> Answer:
        body: Any = asked.json()
        return self._with(asked, lambda key, _: self.keep(key, body))

    def patch(self, asked: Asked) -> Answer:
        """Merge into one that is there."""
        body: Any = asked.json()
        return self._with(asked, lambda key, one: self.keep(key, merged(one, body)))

    def delete(self, asked: Asked) -> Answer:
        return self._with(asked, lambda key, _: Answer(self.objects.pop(key)))

    def _with(self, asked: Asked, then: Callable[[Key, Object], Answer]) -> Answer:
        key = asked.parts.get("namespace", ""), asked.parts["name"]
        if key not in self.objects:
            return refusal(404, "NotFound", f'{self.plural} "{key[1]}" not found')
        return then(key, self.objects[key])


def quota_controller(quota: Object) -> None:
    """Fill in the status of a ResourceQuota: nothing is used of what is new."""
    hard = quota["spec"]["hard"]
    used = quota.get("status", {}).get("used", {})
    quota["status"] = {"hard": hard, "used": {name: used.get(name, "0") for name in hard}}


def secret_controller(secret: Object) -> None:
    """Encode what was written as text; it is never shown as such."""
    text = secret.pop("stringData", {})
    coded = {name: base64.b64encode(value.encode()).decode() for name, value in text.items()}
    secret["data"] = secret.get("data", {}) | coded


def write_kubeconfig(path: Path, url: str) -> Path:
    """Write a kubeconfig that leads to the server."""
    path.write_text(f"""\
apiVersion: v1
kind: Config
current-context: example
clusters: [{{name: example, cluster: {{server: "{url}"}}}}]
users: [{{name: agent, user: {{token: hush}}}}]
contexts: [{{name: example, context: {{cluster: example, user: agent}}}}]
""")
    return path


def serve_version(remote: Remote) -> None:
    """Tell the server's version, by which plugins see whether it answers."""
    names = ("gitVersion", "gitCommit", "gitTreeState", "buildDate", "goVersion")
    more = dict.fromkeys((*names, "compiler", "platform"), "")
    remote.route("GET", "/version/")(lambda _: Answer({"major": "1", "minor": "31", **more}))
