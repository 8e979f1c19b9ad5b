"""API keys of resources. The keys themselves are never read back."""

from uuid import UUID

from msgspec import Struct

from waldur_site_agent.waldur.wire import Label


class ApiKey(Struct, frozen=True, kw_only=True):
    """A key that a backend minted for a resource; ``client_id`` names it there."""

    uuid: UUID
    client_id: str = ""
    state: Label = Label("")
    resource_uuid: UUID | None = None
    resource_backend_id: str = ""
