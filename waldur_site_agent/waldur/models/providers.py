"""What belongs to a provider beyond its offerings."""

from uuid import UUID

from msgspec import Struct

from waldur_site_agent.waldur.wire import Label, Moment


class ServiceProvider(Struct, frozen=True, kw_only=True):
    """An organisation in its role as a provider."""

    uuid: UUID
    customer_uuid: UUID | None = None


class SshKey(Struct, frozen=True, kw_only=True):
    """A public key of a person. ``uuid`` is the key's, ``user_uuid`` the person's."""

    uuid: UUID
    user_uuid: UUID | None = None
    public_key: str = ""


class ProjectPermission(Struct, frozen=True, kw_only=True, gc=False):
    """A role that a person holds in a project; a person may hold several.

    Attributes:
        project_uuid: where.
        user_uuid: who.
        role_name: such as ``PROJECT.MEMBER``.
        expiration_time: until when; None for good.
    """

    project_uuid: UUID
    user_uuid: UUID
    role_name: Label = Label("")
    expiration_time: Moment | None = None
