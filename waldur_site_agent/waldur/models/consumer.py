"""What a customer sees of what it ordered."""

from datetime import date
from uuid import UUID

from msgspec import Struct, field

from waldur_site_agent.waldur.wire import FreeForm, Label, Moment


class ConsumerOrder(Struct, frozen=True, kw_only=True):
    """An order, as the one who ordered sees it.

    Attributes:
        marketplace_resource_uuid: the resource that it is about, which a Create makes at once.
        limits: component type → amount in Waldur units.
        attributes: as they were sent; a Create's hold the resource's ``name``.
        request_comment: as it was sent; older servers do not keep it.
        output: what the provider tells of it.
    """

    uuid: UUID
    type: Label = Label("")
    state: Label = Label("")
    marketplace_resource_uuid: UUID | None = None
    resource_name: str = ""
    offering_uuid: UUID | None = None
    project_uuid: UUID | None = None
    customer_uuid: UUID | None = None
    plan_uuid: UUID | None = None
    limits: FreeForm = field(default_factory=FreeForm)
    attributes: FreeForm = field(default_factory=FreeForm)
    request_comment: str = ""
    backend_id: str = ""
    created: Moment | None = None
    modified: Moment | None = None
    output: str = ""
    error_message: str = ""
    provider_rejection_comment: str = ""


class ConsumerResource(Struct, frozen=True, kw_only=True):
    """A resource, as the customer sees it that has it.

    Attributes:
        limits: component type → amount in Waldur units.
        backend_id: the provider's name for it; empty before it is given one.
        effective_id: where the provider is a federation itself, the name on its far side.
        end_date_updated_at: when the end date was last set or taken away; None for never.
    """

    uuid: UUID
    name: str = ""
    slug: str = ""
    state: Label = Label("")
    backend_id: str = ""
    effective_id: str = ""
    limits: FreeForm = field(default_factory=FreeForm)
    attributes: FreeForm = field(default_factory=FreeForm)
    backend_metadata: FreeForm = field(default_factory=FreeForm)
    plan_uuid: UUID | None = None
    offering_uuid: UUID | None = None
    project_uuid: UUID | None = None
    project_name: str = ""
    customer_uuid: UUID | None = None
    paused: bool = False
    downscaled: bool = False
    restrict_member_access: bool = False
    end_date: date | None = None
    end_date_updated_at: Moment | None = None
    created: Moment | None = None
    modified: Moment | None = None
    error_message: str = ""


class OrderReference(Struct, frozen=True, kw_only=True):
    """Which order a wish about a resource became."""

    order_uuid: UUID
