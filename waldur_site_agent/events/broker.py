"""Where the broker is, and how it is reached: TLS, authorities and proxy as for REST."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from waldur_site_agent.backend.structures import RemoteWaldur
    from waldur_site_agent.config.models import Offering
    from waldur_site_agent.waldur.connection import ConnectionSettings

PATH = "/rmqws-stomp"
"""Where Waldur's front server passes WebSockets on to RabbitMQ."""
TLS_PORT = 443
PLAIN_PORT = 80


@dataclass(frozen=True, kw_only=True)
class Broker:
    """The address of a broker's STOMP over WebSocket."""

    url: str
    """Begins with ``ws://`` or ``wss://``."""
    connection: ConnectionSettings = field(repr=False)
    """How REST is reached; ``verify_ssl``, ``ca_bundle``, ``proxy`` and ``user_agent`` of it
    count here too."""


def broker_of(offering: Offering, connection: ConnectionSettings) -> Broker:
    """Read an offering's ``stomp_ws_`` settings, and ``websocket_use_tls``."""
    host = offering.stomp_ws_host or urlsplit(connection.api_url).hostname or ""
    tls = offering.websocket_use_tls
    port = offering.stomp_ws_port or (TLS_PORT if tls else PLAIN_PORT)
    path = (offering.stomp_ws_path or PATH).lstrip("/")
    return Broker(
        url=f"{'wss' if tls else 'ws'}://{_bracketed(host)}:{port}/{path}", connection=connection
    )


def broker_of_remote(
    remote: RemoteWaldur, offering: Offering, connection: ConnectionSettings
) -> Broker:
    """Where another Waldur's events come from: what it says not is as in our own settings.

    Args:
        remote: the other Waldur.
        offering: our own, whose ``stomp_ws_port``, ``stomp_ws_path`` and ``websocket_use_tls``
            count where the other one says nothing; never its host.
        connection: how the other one's REST is reached.
    """
    tls = offering.websocket_use_tls if remote.broker_tls is None else remote.broker_tls
    said = {
        "stomp_ws_host": remote.broker_host or None,
        "stomp_ws_port": remote.broker_port or offering.stomp_ws_port,
        "stomp_ws_path": remote.broker_path or offering.stomp_ws_path,
        "websocket_use_tls": tls,
    }
    return broker_of(offering.model_copy(update=said), connection)


def _bracketed(host: str) -> str:
    """Write an IPv6 address as URLs want it."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
