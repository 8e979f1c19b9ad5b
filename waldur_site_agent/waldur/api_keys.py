"""API keys of resources: the backend mints them, Waldur keeps them for the people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import Call, filters, hex_of
from waldur_site_agent.waldur.models.api_keys import ApiKey
from waldur_site_agent.waldur.models.states import ApiKeyState
from waldur_site_agent.waldur.sifting import is_of
from waldur_site_agent.waldur.wire import fields_of

if TYPE_CHECKING:
    import builtins
    from datetime import datetime
    from uuid import UUID

    from waldur_site_agent.waldur.rest import Rest

API_KEYS = "marketplace-resource-api-keys/"


class ApiKeys:
    """The keys that Waldur knows. Raises ``WaldurError`` when Waldur did not do it."""

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def list(self, resource_uuid: UUID | str) -> builtins.list[ApiKey]:
        """List a resource's keys, without the secrets."""
        query = filters(resource_uuid=hex_of(resource_uuid), field=fields_of(ApiKey))
        keys = self._rest.list(Call.get("api_keys.list", API_KEYS, query), ApiKey)
        return [key for key in keys if is_of(key.resource_uuid, resource_uuid)]

    def list_waiting(
        self, offering_uuid: UUID | str, *, modified_before: datetime
    ) -> builtins.list[ApiKey]:
        """List the keys of an offering that have waited for a new secret since some moment."""
        query = filters(
            offering_uuid=hex_of(offering_uuid),
            state=(ApiKeyState.UPDATING,),
            modified_before=modified_before,
            field=fields_of(ApiKey),
        )
        keys = self._rest.list(Call.get("api_keys.list_waiting", API_KEYS, query), ApiKey)
        return [key for key in keys if key.state == ApiKeyState.UPDATING]

    def set_key(self, uuid: UUID | str, *, client_id: str, api_key: str) -> None:
        """Hand a key's new secret over."""
        body = {"client_id": client_id, "api_key": api_key}
        self._rest.tell(Call.post("api_keys.set_key", f"{_path(uuid)}set_key/", body))

    def set_erred(self, uuid: UUID | str, message: str) -> None:
        """Say why a key has no new secret."""
        body = {"error_message": message}
        self._rest.tell(Call.post("api_keys.set_erred", f"{_path(uuid)}set_erred/", body))

    def report_created(self, resource_uuid: UUID | str, *, client_id: str, api_key: str) -> None:
        """Hand a new key over. Not repeated after a lost answer: it would be there twice."""
        body = {"resource": hex_of(resource_uuid), "client_id": client_id, "api_key": api_key}
        path = f"{API_KEYS}report_created/"
        self._rest.tell(Call.post("api_keys.report_created", path, body, repeatable=False))


def _path(uuid: UUID | str) -> str:
    return f"{API_KEYS}{hex_of(uuid)}/"
