"""What a server says about itself and about us."""

from uuid import UUID

from msgspec import Struct

from waldur_site_agent.waldur.wire import Label, Moment


class Version(Struct, frozen=True, kw_only=True):
    """The server's version."""

    version: str


class Permission(Struct, frozen=True, kw_only=True):
    """A role that the token's owner holds somewhere."""

    role_name: str = ""
    scope_type: Label = Label("")
    scope_uuid: UUID | None = None
    scope_name: str = ""
    expiration_time: Moment | None = None


class OwnToken(Struct, frozen=True, kw_only=True):
    """The API token of the token's owner: another one where an identity provider's was shown."""

    token: str = ""

    def __repr__(self) -> str:
        """Leave the token out."""
        return "OwnToken()"


class CurrentUser(Struct, frozen=True, kw_only=True):
    """The token's owner. The server sends the token too; it is not read."""

    uuid: UUID
    username: str = ""
    full_name: str = ""
    is_staff: bool = False
    is_support: bool = False
    is_active: bool = True
    permissions: tuple[Permission, ...] = ()
