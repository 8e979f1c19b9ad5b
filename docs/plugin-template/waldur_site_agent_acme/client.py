"""Acme's API, in Acme's terms and units."""

import logging
from collections.abc import Mapping
from typing import Any

import httpx2

from waldur_site_agent.backend.clients import BaseClient
from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.structures import Association, ClientResource

# These libraries log whole addresses, and so who a request is about.
for _library in ("httpx2", "httpcore2"):
    logging.getLogger(_library).setLevel(logging.WARNING)

NOT_FOUND = 404
PASSING = frozenset({408, 425, 429})
"""Answers below 500 that speak of the moment, not of what was asked."""


class AcmeClient(BaseClient):
    """Shares of Acme.

    Every method says apart what Acme refuses (BackendError), what it does not have (None, or
    BackendError where it is needed) and what could not be asked (BackendUnavailableError).
    """

    def __init__(self, api_url: str, api_token: str, timeout_seconds: float) -> None:
        """Connect to nothing yet."""
        self._api_url = api_url
        self._api_token = api_token
        self._timeout_seconds = timeout_seconds
        self._opened: httpx2.Client | None = None

    def close(self) -> None:
        """Give the connections back; the next request opens new ones."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    @property
    def _http(self) -> httpx2.Client:
        if self._opened is None:
            self._opened = httpx2.Client(
                base_url=self._api_url,
                headers={"Authorization": f"Bearer {self._api_token}"},
                timeout=self._timeout_seconds,
            )
        return self._opened

    def is_healthy(self) -> bool:
        """Ask for a sign of life."""
        self._ask("GET", "health")
        return True

    def list_resources(self) -> list[ClientResource]:
        """List all shares."""
        return [_as_resource(share) for share in self._json("GET", "shares")]

    def get_resource(self, resource_id: str) -> ClientResource | None:
        """Look a share up; None only where Acme says that it has none."""
        share = self.find(resource_id)
        return None if share is None else _as_resource(share)

    def find(self, resource_id: str) -> dict[str, Any] | None:
        """All that Acme has of a share: ``name``, ``limits``, ``users``, ``state``."""
        answer = self._send("GET", f"shares/{resource_id}")
        if answer.status_code == NOT_FOUND:
            return None
        share: dict[str, Any] = _accepted(answer).json()
        return share

    def create_resource(
        self, name: str, description: str, organization: str, parent_name: str | None = None
    ) -> str:
        """Make a share."""
        del parent_name
        self._ask("POST", "shares", {"name": name, "title": description, "owner": organization})
        return name

    def delete_resource(self, name: str) -> str:
        """Delete a share."""
        self._ask("DELETE", f"shares/{name}")
        return name

    def set_resource_limits(self, resource_id: str, limits_dict: dict[str, int]) -> None:
        """Set some of a share's limits, those that differ."""
        current = self.get_resource_limits(resource_id)
        different = {name: v for name, v in limits_dict.items() if current.get(name) != v}
        if different:
            self._ask("PATCH", f"shares/{resource_id}/limits", different)

    def get_resource_limits(self, resource_id: str) -> dict[str, int]:
        """Read a share's limits."""
        return dict(self._existing(resource_id)["limits"])

    def set_state(self, resource_id: str, state: str) -> None:
        """Put a share into one of ``active``, ``slow`` and ``frozen``."""
        self._ask("PUT", f"shares/{resource_id}/state", {"state": state})

    def get_state(self, resource_id: str) -> str:
        """Read which state a share is in."""
        return str(self._existing(resource_id)["state"])

    def list_resource_users(self, resource_id: str) -> list[str]:
        """List who may use a share."""
        return list(self._existing(resource_id)["users"])

    def get_association(self, user: str, resource_id: str) -> Association | None:
        """Look up whether somebody may use a share."""
        if user not in self.list_resource_users(resource_id):
            return None
        return Association(account=resource_id, user=user)

    def create_association(
        self, username: str, resource_id: str, default_account: str | None = None
    ) -> str:
        """Let somebody use a share."""
        del default_account
        self._ask("PUT", f"shares/{resource_id}/users/{username}")
        return ""

    def delete_association(self, username: str, resource_id: str) -> str:
        """Let somebody use a share no more."""
        self._ask("DELETE", f"shares/{resource_id}/users/{username}")
        return ""

    def usage(self, year: int, month: int) -> str:
        """Read Acme's usage report of a month, of all shares."""
        return str(self._ask("GET", f"usage/{year}-{month:02}").text)

    def find_account(self, email: str) -> str | None:
        """Look up the name under which Acme knows somebody."""
        accounts = self._json("GET", "accounts", params={"email": email})
        return next((str(one["name"]) for one in accounts if one["email"] == email), None)

    def _existing(self, resource_id: str) -> dict[str, Any]:
        share = self.find(resource_id)
        if share is None:
            raise BackendError(f"Acme has no share {resource_id!r}")
        return share

    def _json(self, method: str, path: str, params: Mapping[str, str] | None = None) -> list[Any]:
        found: list[Any] = self._ask(method, path, params=params).json()
        return found

    def _ask(
        self,
        method: str,
        path: str,
        body: object = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        return _accepted(self._send(method, path, body, params))

    def _send(
        self,
        method: str,
        path: str,
        body: object = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        try:
            answer = self._http.request(method, path, json=body, params=params)
        except httpx2.TransportError as error:
            raise BackendUnavailableError(f"Acme does not answer: {error}") from error
        if answer.is_server_error or answer.status_code in PASSING:
            raise BackendUnavailableError(f"Acme answers {answer.status_code}")
        return answer


def client_for(settings: Mapping[str, Any]) -> AcmeClient:
    """Make the client that an offering's ``backend_settings`` ask for."""
    timeout_seconds = float(settings.get("timeout_seconds", 30))
    return AcmeClient(settings["api_url"], settings["api_token"], timeout_seconds)


def _accepted(answer: httpx2.Response) -> httpx2.Response:
    if not answer.is_success:
        raise BackendError(f"Acme refuses ({answer.status_code}): {answer.text.strip()}")
    return answer


def _as_resource(share: Mapping[str, Any]) -> ClientResource:
    return ClientResource(
        name=share["name"], description=share["title"], organization=share["owner"]
    )
