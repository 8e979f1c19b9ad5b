"""Projects and who holds which role in them."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from waldur_site_agent.waldur.wire import Label, Moment


class Project(Struct, frozen=True, kw_only=True):
    """A project of a customer.

    Attributes:
        backend_id: a name that others know it by, free for whoever made the project.
        end_date_updated_at: when the end date was last set or taken away; None for never.
        oecd_fos_2007_code: the field of science, such as ``1.2``; empty where none is said.
        science_sub_domain: the sub-domain's UUID on this server.
        science_sub_domain_code: its code, which is the same on other servers.
    """

    uuid: UUID
    name: str = ""
    slug: str = ""
    description: str = ""
    customer_uuid: UUID | None = None
    customer_name: str = ""
    customer_slug: str = ""
    kind: Label = Label("")
    backend_id: str = ""
    start_date: date | None = None
    end_date: date | None = None
    end_date_updated_at: Moment | None = None
    oecd_fos_2007_code: str = ""
    is_industry: bool = False
    science_sub_domain: UUID | None = None
    science_sub_domain_code: str = ""
    is_removed: bool = False
    created: Moment | None = None


class ProjectMember(Struct, frozen=True, kw_only=True, gc=False):
    """A role that a person holds in a project; a person may hold several, each a row.

    Attributes:
        uuid: the holding's own.
        user_username: the stable identity of the person (CUID).
        role_name: such as ``PROJECT.MEMBER``.
        expiration_time: until when; None for good.
    """

    user_uuid: UUID
    uuid: UUID | None = None
    user_username: str = ""
    user_email: str = ""
    role_name: Label = Label("")
    role_uuid: UUID | None = None
    expiration_time: Moment | None = None

    def __repr__(self) -> str:
        """Leave the name and the address out."""
        return f"ProjectMember(user_uuid={self.user_uuid}, role_name={self.role_name!r})"
