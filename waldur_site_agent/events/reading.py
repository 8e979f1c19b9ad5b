"""A message's body as hints (pure).

The body was written when the event happened and may be old, doubled or out of order: it only says
what to look at again. Sources of the shapes: Waldur's own handlers, and messages off the wire.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from waldur_site_agent.events.keys import Hint, Key, Kind
from waldur_site_agent.events.object_types import ObjectType
from waldur_site_agent.waldur.errors import ContractError
from waldur_site_agent.waldur.wire import decode

Hints: TypeAlias = tuple[Hint, ...]

RESTING_ORDERS = frozenset(
    {
        "done",
        "erred",
        "canceled",
        "rejected",
        "pending-consumer",
        "pending-project",
        "pending-start-date",
    }
)
"""States of an order in which it is not the provider's turn."""
ENDED_ORDERS = frozenset({"done", "erred", "canceled", "rejected"})


@dataclass(frozen=True, slots=True)
class Oddity:
    """Why a message gives no hints although it should; the same for all of its sort.

    ``what`` is a short name, such as ``unknown_type`` or ``no_project_uuid``. Nothing of the
    message's values is in it, but for the name of its type.
    """

    what: str
    object_type: str = ""


def read_message(body: bytes, *, offering: str, object_type: str = "") -> Hints | Oddity:
    """Tell what a message says to look at again; nothing at all, if it needs no look.

    Args:
        body: JSON, as it came.
        offering: whose subscription it came by; 32 hexadecimal digits.
        object_type: what the queue is for. Only servers before the common queue need it: their
            messages do not say.
    """
    return _read(body, _Addressees(offering, offering), object_type, READERS)


def read_remote_message(
    body: bytes, *, offering: str, remote_offering: str, object_type: str = ""
) -> Hints | Oddity:
    """Tell what another Waldur's message says to look at again in our own.

    Args:
        body: JSON, as it came.
        offering: our own, which the other one serves.
        remote_offering: whose subscription it came by, in the other Waldur.
        object_type: as for :func:`read_message`.
    """
    return _read(body, _Addressees(remote_offering, offering), object_type, REMOTE_READERS)


@dataclass(frozen=True, slots=True)
class _Addressees:
    """The offering that a message is about, and the one at which there is something to look at."""

    about: str
    ours: str


def _read(
    body: bytes,
    offerings: _Addressees,
    object_type: str,
    readers: Mapping[str, Callable[[_Body], Hints]],
) -> Hints | Oddity:
    try:
        message = decode(body)
    except ContractError:
        return Oddity("not_json", object_type)
    if not isinstance(message, Mapping):
        return Oddity("no_object", object_type)
    said = message.get("object_type")
    named = said if isinstance(said, str) and said else object_type
    content = _Body(message, offerings)
    try:
        content.check_offering()
        return _reader(named, readers)(content)
    except _OddError as oddity:
        return Oddity(oddity.what, _shown(named))


class _OddError(Exception):
    """The message does not say what it should."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True)
class _Body:
    """A message's fields, and the offerings that it concerns."""

    fields: Mapping[str, object]
    offerings: _Addressees

    def has(self, name: str) -> bool:
        return bool(self.fields.get(name))

    def text(self, name: str) -> str:
        """A text; blank where there is none."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    def uuid(self, name: str) -> str:
        """A UUID with or without dashes, as 32 hexadecimal digits."""
        with suppress(ValueError):
            return UUID(self.text(name)).hex
        raise _OddError(f"no_{name}")

    def require(self, name: str) -> None:
        """Insist that something is said under this name."""
        if not self.has(name):
            raise _OddError(f"no_{name}")

    def hint(self, kind: Kind, name: str) -> Hint:
        """Look again at what a field names."""
        return Hint(self._key(kind, name))

    def hint_with_body(self, kind: Kind, name: str) -> Hint:
        """The same, where the message tells what Waldur cannot be asked."""
        return Hint(self._key(kind, name), dict(self.fields))

    def _key(self, kind: Kind, name: str) -> Key:
        return Key(self.offerings.ours, kind, self.uuid(name))

    def check_offering(self) -> None:
        """Insist that the message is about the offering by whose subscription it came."""
        if self.has("offering_uuid") and self.uuid("offering_uuid") != self.offerings.about:
            raise _OddError("another_offering")


def _order(body: _Body) -> Hints:
    if body.text("order_state") in RESTING_ORDERS:
        return ()
    return (body.hint(Kind.ORDER, "order_uuid"),)


def _resource(body: _Body) -> Hints:
    return (body.hint(Kind.RESOURCE, "resource_uuid"),)


def _role(body: _Body) -> Hints:
    """Somebody's role in a project, or a request to look at a resource's or project's people."""
    if not body.has("user_uuid") and body.has("resource_uuid"):
        return _resource(body)
    return _project(body)


def _project(body: _Body) -> Hints:
    return (body.hint(Kind.PROJECT, "project_uuid"),)


def _offering_user(body: _Body) -> Hints:
    """A new account is looked at as a user; what is known of the person goes to the backend."""
    match body.text("action"):
        case "attribute_update":
            return (body.hint_with_body(Kind.USER_ATTRIBUTES, "user_uuid"),)
        case "create" if body.has("username") and body.has("attributes"):
            attributes = body.hint_with_body(Kind.USER_ATTRIBUTES, "user_uuid")
            return (body.hint(Kind.USER, "user_uuid"), attributes)
        case "create" | "update" | "delete" | "username_set":
            return (body.hint(Kind.USER, "user_uuid"),)
    raise _OddError("unknown_action")


def _everything(body: _Body) -> Hints:
    return (Hint(Key(body.offerings.ours, Kind.OFFERING, "")),)


def _import(body: _Body) -> Hints:
    return (body.hint(Kind.IMPORT, "backend_resource_request_uuid"),)


def _periodic_limits(body: _Body) -> Hints:
    """The settings are only in the message, and the policy that waits for the verdict."""
    if body.text("action") != "apply_periodic_settings":
        raise _OddError("unknown_action")
    body.uuid("policy_uuid")
    return (body.hint_with_body(Kind.PERIODIC_LIMITS, "resource_uuid"),)


def _key_rotation(body: _Body) -> Hints:
    if body.text("action") != "rotate":
        raise _OddError("unknown_action")
    body.uuid("resource_uuid")
    body.require("client_id")
    return (body.hint_with_body(Kind.KEY_ROTATION, "api_key_uuid"),)


def _remote_order(body: _Body) -> Hints:
    """Only its end is of interest: the rest is between the other Waldur and its provider."""
    if body.text("order_state") not in ENDED_ORDERS:
        return ()
    return (body.hint(Kind.REMOTE_ORDER, "order_uuid"),)


def _remote_resource(body: _Body) -> Hints:
    return (body.hint(Kind.REMOTE_RESOURCE, "resource_uuid"),)


def _remote_account(body: _Body) -> Hints:
    """Somebody got a name there, perhaps."""
    if not body.has("username"):
        return ()
    return (Hint(Key(body.offerings.ours, Kind.REMOTE_NAMES, "")),)


READERS: Mapping[str, Callable[[_Body], Hints]] = {
    ObjectType.ORDER: _order,
    ObjectType.RESOURCE: _resource,
    ObjectType.USER_ROLE: _role,
    ObjectType.SERVICE_ACCOUNT: _project,
    ObjectType.COURSE_ACCOUNT: _project,
    ObjectType.OFFERING_USER: _offering_user,
    ObjectType.OFFERING_RESOURCES_SYNC: _everything,
    ObjectType.IMPORTABLE_RESOURCES: _import,
    ObjectType.RESOURCE_PERIODIC_LIMITS: _periodic_limits,
    ObjectType.RESOURCE_API_KEY_ROTATION: _key_rotation,
}

REMOTE_READERS: Mapping[str, Callable[[_Body], Hints]] = {
    ObjectType.ORDER: _remote_order,
    ObjectType.RESOURCE: _remote_resource,
    ObjectType.OFFERING_USER: _remote_account,
}


def _reader(
    object_type: str, readers: Mapping[str, Callable[[_Body], Hints]]
) -> Callable[[_Body], Hints]:
    try:
        return readers[object_type]
    except KeyError:
        raise _OddError("unknown_type") from None


def _shown(object_type: str) -> str:
    """A type's name, if it is one: anything else may be anything."""
    return object_type if re.fullmatch(r"[a-z_]{1,40}", object_type) else "?"
