"""What there is to look at again: the keys of the work queue, and the hints that name them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(StrEnum):
    """What a key's object is, and so who looks at it."""

    ORDER = "order"
    RESOURCE = "resource"
    PROJECT = "project"
    USER = "user"
    OFFERING = "offering"
    IMPORT = "import"
    PERIODIC_LIMITS = "periodic_limits"
    KEY_ROTATION = "key_rotation"
    USER_ATTRIBUTES = "user_attributes"
    ACCOUNT = "account"
    # Another Waldur's messages name these, where a backend is one.
    REMOTE_ORDER = "remote_order"
    REMOTE_RESOURCE = "remote_resource"
    REMOTE_NAMES = "remote_names"
    # No message names these; timers do.
    ORDERS = "orders"
    MEMBERS = "members"
    USAGE = "usage"
    SIGN_OF_LIFE = "sign_of_life"


@dataclass(frozen=True, slots=True)
class Key:
    """One thing to look at. Two messages about the same thing have the same key."""

    offering: str
    """UUID, 32 hexadecimal digits."""
    kind: Kind
    object: str
    """UUID of what is looked at, 32 hexadecimal digits; blank for OFFERING and what timers add.

    ORDER, RESOURCE, PROJECT and USER name those; PERIODIC_LIMITS names the resource, IMPORT the
    request, KEY_ROTATION the API key, USER_ATTRIBUTES the user. REMOTE_ORDER and REMOTE_RESOURCE
    name what another Waldur calls by this UUID, REMOTE_NAMES nothing.
    """


@dataclass(frozen=True, slots=True)
class Hint:
    """A key, and what a message said about it.

    ``payload`` is empty where Waldur is asked anyway. PERIODIC_LIMITS, KEY_ROTATION and
    USER_ATTRIBUTES carry the message's body. It may hold personal data: it is never shown.
    """

    key: Key
    payload: Mapping[str, object] = field(default_factory=dict, repr=False, hash=False)
