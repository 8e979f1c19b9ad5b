"""What Waldur's events are about, in its own words."""

from __future__ import annotations

from enum import StrEnum


class ObjectType(StrEnum):
    """The types that the agent knows; a server may have more."""

    ORDER = "order"
    RESOURCE = "resource"
    USER_ROLE = "user_role"
    SERVICE_ACCOUNT = "service_account"
    COURSE_ACCOUNT = "course_account"
    OFFERING_USER = "offering_user"
    OFFERING_RESOURCES_SYNC = "offering_resources_sync"
    IMPORTABLE_RESOURCES = "importable_resources"
    RESOURCE_PERIODIC_LIMITS = "resource_periodic_limits"
    RESOURCE_API_KEY_ROTATION = "resource_api_key_rotation"
