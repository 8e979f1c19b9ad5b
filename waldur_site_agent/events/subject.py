"""What is listened to: an offering's events, or those of another Waldur that serves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent.events.object_types import ObjectType
from waldur_site_agent.events.reading import read_message, read_remote_message
from waldur_site_agent.events.wanted import wanted_types
from waldur_site_agent.waldur.call import hex_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from waldur_site_agent.config.models import Offering
    from waldur_site_agent.events.reading import Hints, Oddity

OF_REMOTE = (ObjectType.ORDER, ObjectType.RESOURCE, ObjectType.OFFERING_USER)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Which messages are wanted, and what they say to look at.

    Attributes:
        name: for the log.
        offering: the UUID by which they are asked for, 32 hexadecimal digits.
        object_types: what they are about; none means that nothing is listened to.
        read: makes hints of a body; the object type is the queue's, blank where messages tell it.
    """

    name: str
    offering: str
    object_types: tuple[ObjectType, ...]
    read: Callable[[bytes, str], Hints | Oddity]


def subject_of(offering: Offering) -> Subject:
    """An offering's own events, by its settings."""
    uuid = hex_of(offering.waldur_offering_uuid)

    def read(body: bytes, object_type: str) -> Hints | Oddity:
        return read_message(body, offering=uuid, object_type=object_type)

    return Subject(
        name=offering.name, offering=uuid, object_types=wanted_types(offering), read=read
    )


def remote_subject_of(offering: Offering, remote_offering: UUID) -> Subject:
    """The events of another Waldur's offering that serves this one."""
    ours = hex_of(offering.waldur_offering_uuid)

    def read(body: bytes, object_type: str) -> Hints | Oddity:
        return read_remote_message(
            body, offering=ours, remote_offering=remote_offering.hex, object_type=object_type
        )

    return Subject(
        name=f"{offering.name} (target)",
        offering=remote_offering.hex,
        object_types=OF_REMOTE,
        read=read,
    )
