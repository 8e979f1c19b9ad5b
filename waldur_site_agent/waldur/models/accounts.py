"""Accounts that belong to a project rather than to a person."""

from uuid import UUID

from msgspec import Struct

from waldur_site_agent.waldur.wire import Label


class ServiceAccount(Struct, frozen=True, kw_only=True):
    """An account for a project's machines."""

    uuid: UUID | None = None
    username: str = ""
    state: Label = Label("")
    project_uuid: UUID | None = None


class CourseAccount(Struct, frozen=True, kw_only=True):
    """An account for the length of a course."""

    uuid: UUID | None = None
    username: str = ""
    state: Label = Label("")
    project_uuid: UUID | None = None
    user_uuid: UUID | None = None
