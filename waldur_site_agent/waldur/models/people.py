"""People and roles, as a customer sees them."""

from uuid import UUID

from msgspec import Struct

from waldur_site_agent.waldur.wire import Label, Moment


class User(Struct, frozen=True, kw_only=True):
    """A person. ``username`` is the stable identity in Waldur (CUID); not a name at a site."""

    uuid: UUID
    username: str = ""
    email: str = ""
    is_active: bool = True

    def __repr__(self) -> str:
        """Leave the name and the address out."""
        return f"User(uuid={self.uuid})"


class RoleInProject(Struct, frozen=True, kw_only=True):
    """A role that a person holds in one of a customer's projects; ``uuid`` is the project's."""

    uuid: UUID
    role_name: Label = Label("")
    expiration_time: Moment | None = None


class CustomerUser(Struct, frozen=True, kw_only=True):
    """A person with a role in an organisation, or in any of its projects.

    Attributes:
        username: the stable identity of the person in Waldur (CUID).
        role_name: the role in the organisation itself; empty for none.
        projects: the roles in its projects; a project comes as often as the person has roles in it.
    """

    uuid: UUID
    username: str = ""
    email: str = ""
    role_name: Label = Label("")
    projects: tuple[RoleInProject, ...] = ()

    def __repr__(self) -> str:
        """Leave the name and the address out."""
        return f"CustomerUser(uuid={self.uuid}, projects={self.projects})"


class Role(Struct, frozen=True, kw_only=True):
    """A role that people can be given. ``content_type`` is what it is held in: ``project``."""

    uuid: UUID
    name: str = ""
    content_type: Label = Label("")
    is_active: bool = True


class RemoteUser(Struct, frozen=True, kw_only=True):
    """Which person a remote identity belongs to."""

    uuid: UUID


class PushedIdentity(Struct, frozen=True, kw_only=True):
    """What a push of a profile came to.

    Attributes:
        uuid: the person's.
        created: the server did not know the person before.
        updated_fields: which attributes changed, by name.
    """

    uuid: UUID
    created: bool = False
    updated_fields: tuple[str, ...] = ()


class AllowedFields(Struct, frozen=True, kw_only=True):
    """Which attributes of a profile the server takes."""

    allowed_fields: tuple[str, ...]
