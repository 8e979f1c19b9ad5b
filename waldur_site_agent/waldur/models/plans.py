"""Plans."""

from uuid import UUID

from msgspec import Struct, field

from waldur_site_agent.waldur.wire import FreeForm


class Plan(Struct, frozen=True, kw_only=True):
    """What a resource is paid by.

    Attributes:
        quotas: component type → included amount, Waldur units.
        is_active: it can be ordered now: not archived, and not used up.
        url: its address, by which orders refer to it.
        backend_id: a name that the provider knows it by.
    """

    uuid: UUID
    name: str = ""
    quotas: FreeForm = field(default_factory=FreeForm)
    is_active: bool = True
    archived: bool = False
    url: str = ""
    backend_id: str = ""
