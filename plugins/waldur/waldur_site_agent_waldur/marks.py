"""By what the target's objects are known to be ours. Pure.

The target keeps what the agent must remember, so that it may be killed at any moment: a project
bears the source project's identity as its ``backend_id``, and an order bears the source resource's
and the source order's in its attributes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE_RESOURCE = "source_resource_uuid"
"""Attribute of a target order, and of the resource that comes of it."""
SOURCE_ORDER = "source_order_uuid"
"""The same, of the order."""


def project_mark(customer_uuid: UUID, project_uuid: UUID) -> str:
    """The ``backend_id`` of the target's project, as the 1.x agent writes it."""
    return f"{customer_uuid}_{project_uuid}"


def marked_project(backend_id: str) -> UUID | None:
    """Which project of the source a target project stands for; None for somebody else's."""
    customer, _, project = backend_id.partition("_")
    try:
        return UUID(project) if UUID(customer) else None
    except ValueError:
        return None


def order_marks(resource_uuid: UUID, order_uuid: UUID | None) -> dict[str, str]:
    """The attributes by which a target order is found again."""
    marks = {SOURCE_RESOURCE: resource_uuid.hex}
    return marks if order_uuid is None else {**marks, SOURCE_ORDER: order_uuid.hex}


def is_marked(attributes: Mapping[str, object], mark: str, uuid: UUID) -> bool:
    """Whether attributes bear a mark with this UUID, in whichever form it is written."""
    try:
        return UUID(str(attributes.get(mark) or "")) == uuid
    except ValueError:
        return False
