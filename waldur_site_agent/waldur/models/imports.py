"""Requests for a list of what a backend has, and its rows."""

from uuid import UUID

from msgspec import Struct

from waldur_site_agent.waldur.wire import Label


class ImportRequest(Struct, frozen=True, kw_only=True):
    """Somebody wants to know what could be imported. ``state``: see ``ImportRequestState``."""

    uuid: UUID
    state: Label = Label("")
    offering: UUID | None = None


class BackendResource(Struct, frozen=True, kw_only=True):
    """What the backend has under an id, as it was told to Waldur."""

    uuid: UUID
    backend_id: str = ""
