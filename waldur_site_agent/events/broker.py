"""Where the broker is, and how it is reached: TLS, authorities and proxy as for REST."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
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


def _bracketed(host: str) -> str:
    """Write an IPv6 address as URLs want it."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
