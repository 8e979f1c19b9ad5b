"""Resources and who has access to them."""

from datetime import date
from uuid import UUID

from msgspec import Struct, field

from waldur_site_agent.waldur.wire import FreeForm, Label, Moment


class Endpoint(Struct, frozen=True, kw_only=True):
    """An address under which a resource is reached."""

    uuid: UUID | None = None
    name: str = ""
    url: str = ""


class Resource(Struct, kw_only=True):
    """Something that a project has at an offering.

    Not frozen: plugins for the 1.x agent assign to it, ``limits`` above all.

    Attributes:
        limits: component type → amount in Waldur units.
        backend_id: the name under which the backend knows it; empty before it is given one.
        slug: a short name that is unique in Waldur; backend ids are made of it.
        effective_id: for federation, the id on the far side.
        current_usages: component type → usage of this period, in Waldur units.
        last_sync: when somebody last said that the resource was looked after.
    """

    uuid: UUID
    name: str = ""
    slug: str = ""
    description: str = ""
    url: str = ""
    state: Label = Label("")
    backend_id: str = ""
    effective_id: str = ""
    limits: FreeForm = field(default_factory=FreeForm)
    attributes: FreeForm = field(default_factory=FreeForm)
    options: FreeForm = field(default_factory=FreeForm)
    backend_metadata: FreeForm = field(default_factory=FreeForm)
    current_usages: FreeForm = field(default_factory=FreeForm)
    endpoints: list[Endpoint] = field(default_factory=list)
    plan_uuid: UUID | None = None
    plan_name: str = ""
    offering_uuid: UUID | None = None
    offering_name: str = ""
    offering_slug: str = ""
    offering_type: str = ""
    offering_backend_id: str = ""
    offering_plugin_options: FreeForm = field(default_factory=FreeForm)
    project_uuid: UUID | None = None
    project_slug: str = ""
    project_name: str = ""
    project_description: str = ""
    project_end_date: date | None = None
    customer_uuid: UUID | None = None
    customer_slug: str = ""
    customer_name: str = ""
    paused: bool = False
    downscaled: bool = False
    restrict_member_access: bool = False
    end_date: date | None = None
    end_date_updated_at: Moment | None = None
    created: Moment | None = None
    modified: Moment | None = None
    error_message: str = ""
    last_sync: Moment | None = None
    username: str = ""


class TeamMember(Struct, kw_only=True):
    """A person of a resource's project, once however many roles there are.

    Attributes:
        uuid: the person's.
        username: the stable identity of the person in Waldur (CUID); not a name at the site.
        offering_user_username: the person's name at the site; empty while there is none.
        offering_user_state: see ``OfferingUserState``; empty from servers before 2025.
    """

    uuid: UUID
    username: str = ""
    full_name: str = ""
    email: str = ""
    role: str = ""
    url: str = ""
    expiration_time: Moment | None = None
    offering_user_username: str = ""
    offering_user_state: Label = Label("")
