"""How an agent tells Waldur that it exists, and that it is alive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import Call, filters, hex_of
from waldur_site_agent.waldur.models.agents import AgentIdentity, AgentProcessor, AgentService
from waldur_site_agent.waldur.sifting import is_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from waldur_site_agent.waldur.rest import Rest

IDENTITIES = "marketplace-site-agent-identities/"
SERVICES = "marketplace-site-agent-services/"


class Agents:
    """The register of agents: an identity per offering, services in it, processors in those.

    Raises ``WaldurError``; servers before 2025 lack all of this (``NotFoundError.unrouted``).
    """

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def register_identity(
        self,
        *,
        offering_uuid: UUID | str,
        name: str,
        version: str,
        dependencies: Mapping[str, str],
        last_restarted: datetime,
    ) -> AgentIdentity:
        """Make or renew the identity of this name.

        Args:
            offering_uuid: the offering that the agent works on.
            name: unique among the offering's agents.
            version: the agent's.
            dependencies: the agent's own packages and their versions.
            last_restarted: with a time zone.
        """
        body: dict[str, object] = {
            "offering": hex_of(offering_uuid),
            "name": name,
            "version": version,
            "dependencies": [
                {"package": package, "version": its} for package, its in dependencies.items()
            ],
            "config_file_path": "",
            "config_file_content": "",
            "last_restarted": last_restarted,
        }
        known = self._known(offering_uuid, name)
        return self._rest.read(_renewal(known, body) if known else _creation(body), AgentIdentity)

    def register_service(self, identity_uuid: UUID | str, *, name: str, mode: str) -> AgentService:
        """Say that the agent runs in a mode."""
        path = f"{IDENTITIES}{hex_of(identity_uuid)}/register_service/"
        call = Call.post("agents.register_service", path, {"name": name, "mode": mode})
        return self._rest.read(call, AgentService)

    def register_processor(
        self, service_uuid: UUID | str, *, name: str, backend_type: str, backend_version: str
    ) -> AgentProcessor:
        """Say that something ran just now; without it a service is idle after ten minutes."""
        path = f"{SERVICES}{hex_of(service_uuid)}/register_processor/"
        body = {"name": name, "backend_type": backend_type, "backend_version": backend_version}
        return self._rest.read(Call.post("agents.register_processor", path, body), AgentProcessor)

    def _known(self, offering_uuid: UUID | str, name: str) -> AgentIdentity | None:
        call = Call.get("agents.register_identity", IDENTITIES, filters(name=name))
        for identity in self._rest.list(call, AgentIdentity):
            if identity.name == name and is_of(identity.offering, offering_uuid):
                return identity
        return None


def _creation(body: Mapping[str, object]) -> Call:
    return Call.post("agents.register_identity", IDENTITIES, body, repeatable=False)


def _renewal(known: AgentIdentity, body: Mapping[str, object]) -> Call:
    return Call(
        operation="agents.register_identity",
        method="PUT",
        path=f"{IDENTITIES}{known.uuid.hex}/",
        body=body,
        repeatable=True,
    )
