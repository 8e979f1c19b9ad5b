"""A new secret for an API key: the backend mints it, then Waldur is told.

The backend comes first, as only it can mint. Nothing is pruned while it is unknown which keys
Waldur has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.waldur.models.states import ApiKeyState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import ApiKey

WAITING = (ApiKeyState.UPDATING, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Minted:
    """What the backend gave, until Waldur has it. The secret is never shown."""

    client_id: str
    api_key: str = field(repr=False)


def waiting_key(keys: Sequence[ApiKey], uuid: str) -> ApiKey | None:
    """The key that is to be rotated; None where it is gone or has been rotated already."""
    found = next((key for key in keys if key.uuid.hex == uuid), None)
    return found if found is not None and found.state in WAITING else None


def known_client_ids(keys: Sequence[ApiKey]) -> set[str] | None:
    """The client ids that Waldur knows; None where that cannot be told for sure."""
    ids = [key.client_id for key in keys]
    return set(ids) if ids and all(ids) else None


def mint(site: Site, *, client_id: str, backend_id: str, known: set[str] | None) -> Minted:
    """Have the backend give a key a new secret.

    Raises:
        BackendError: it answered with what is no key.
        Exception: whatever the plugin raises.
    """
    answer = site.backend.rotate_resource_key(client_id, backend_id, known_client_ids=known)
    if isinstance(answer, str) and answer:
        return Minted(client_id=client_id, api_key=answer)
    if isinstance(answer, dict) and answer.get("api_key"):
        return Minted(client_id=answer.get("client_id") or client_id, api_key=answer["api_key"])
    raise BackendError("The backend did not answer with a key.")
