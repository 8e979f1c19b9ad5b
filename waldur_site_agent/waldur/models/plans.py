"""Plans."""

from uuid import UUID

from msgspec import Struct, field

from waldur_site_agent.waldur.wire import FreeForm


class Plan(Struct, frozen=True, kw_only=True):
    """What a resource is paid by. ``quotas``: component type → included amount, Waldur units."""

    uuid: UUID
    name: str = ""
    quotas: FreeForm = field(default_factory=FreeForm)
