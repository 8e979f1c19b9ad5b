"""Orders."""

from datetime import date
from uuid import UUID

from msgspec import Struct, field

from waldur_site_agent.waldur.wire import FreeForm, Label, Moment


class Order(Struct, kw_only=True):
    """A wish of a project about a resource.

    Not frozen: it is handed to plugins, which may keep notes on it.

    Attributes:
        limits: component type → amount in Waldur units; empty for orders that change no limits.
        attributes: what the person who ordered filled in; ``old_limits`` for changes of limits.
        marketplace_resource_uuid: the resource that it is about.
        plan_uuid: the resource's plan, the new one where the order changes it.
        backend_id: for asynchronous backends, the id of the order on the other side.
    """

    uuid: UUID
    type: Label = Label("")
    state: Label = Label("")
    limits: FreeForm = field(default_factory=FreeForm)
    attributes: FreeForm = field(default_factory=FreeForm)
    marketplace_resource_uuid: UUID | None = None
    resource_name: str = ""
    plan_uuid: UUID | None = None
    plan_name: str = ""
    offering_uuid: UUID | None = None
    offering_name: str = ""
    offering_type: str = ""
    offering_plugin_options: FreeForm = field(default_factory=FreeForm)
    project_uuid: UUID | None = None
    project_slug: str = ""
    project_name: str = ""
    project_description: str = ""
    customer_uuid: UUID | None = None
    customer_slug: str = ""
    customer_name: str = ""
    backend_id: str = ""
    slug: str = ""
    url: str = ""
    created: Moment | None = None
    modified: Moment | None = None
    start_date: date | None = None
    output: str = ""
    error_message: str = ""
    request_comment: str = ""
    termination_comment: str = ""
    provider_message: str = ""
    consumer_message: str = ""
    created_by_username: str = ""
    created_by_full_name: str = ""
    created_by_email: str = ""
    created_by_organization: str = ""

    @property
    def type_(self) -> Label:
        """The type, under its name in Waldur's generated client."""
        return self.type
