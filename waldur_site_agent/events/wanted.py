"""Which events an offering asks for, by its settings (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.config.core_settings import core_settings
from waldur_site_agent.events.object_types import ObjectType

if TYPE_CHECKING:
    from waldur_site_agent.config.models import Offering

OF_ORDERS = (ObjectType.ORDER, ObjectType.RESOURCE_API_KEY_ROTATION)
OF_MEMBERSHIP = (
    ObjectType.USER_ROLE,
    ObjectType.RESOURCE,
    ObjectType.SERVICE_ACCOUNT,
    ObjectType.COURSE_ACCOUNT,
    ObjectType.OFFERING_USER,
    ObjectType.OFFERING_RESOURCES_SYNC,
)


def wanted_types(offering: Offering) -> tuple[ObjectType, ...]:
    """Name the object types that somebody here works on; none without ``stomp_enabled``."""
    if not offering.stomp_enabled:
        return ()
    types: list[ObjectType] = []
    if offering.order_processing_backend:
        types += OF_ORDERS
    if offering.membership_sync_backend and offering.stomp_membership_sync_enabled is not False:
        types += OF_MEMBERSHIP
    if offering.resource_import_enabled:
        types.append(ObjectType.IMPORTABLE_RESOURCES)
    if core_settings(offering.backend_settings).periodic_limits.enabled:
        types.append(ObjectType.RESOURCE_PERIODIC_LIMITS)
    return tuple(types)
