"""How agents are registered in Waldur."""

from uuid import UUID

from msgspec import Struct

from waldur_site_agent.waldur.wire import Label, Moment


class AgentProcessor(Struct, frozen=True, kw_only=True):
    """What works in a service, and when it last did."""

    uuid: UUID
    name: str = ""
    backend_type: str = ""
    backend_version: str = ""
    last_run: Moment | None = None


class AgentService(Struct, frozen=True, kw_only=True):
    """A mode in which an agent runs."""

    uuid: UUID
    name: str = ""
    mode: str = ""
    state: Label = Label("")
    processors: tuple[AgentProcessor, ...] = ()


class AgentIdentity(Struct, frozen=True, kw_only=True):
    """The agent of an offering."""

    uuid: UUID
    name: str = ""
    version: str = ""
    offering: UUID | None = None
    last_restarted: Moment | None = None
    services: tuple[AgentService, ...] = ()
