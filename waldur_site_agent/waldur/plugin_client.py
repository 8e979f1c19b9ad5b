"""What plugin hooks receive as ``client``.

Plugins for the 1.x agent expect Waldur's generated client. It takes seconds to import, so it is
built when a plugin first touches it; new plugins use ``client.gateway`` and never do.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    import httpx
    from waldur_api_client import AuthenticatedClient

    from waldur_site_agent.waldur.connection import ConnectionSettings
    from waldur_site_agent.waldur.gateway import Waldur

CONNECT_SECONDS = 10.0
OWN = frozenset({"gateway", "_settings", "_lock", "_generated"})
"""What is missing only in a half-made copy, where looking for it would never end."""


class PluginClient:
    """The gateway, and behind it the generated client's every attribute.

    Attributes:
        gateway: the agent's own connection to Waldur.
    """

    def __init__(self, settings: ConnectionSettings, gateway: Waldur) -> None:
        """Build nothing yet."""
        self.gateway = gateway
        self._settings = settings
        self._lock = threading.Lock()
        self._generated: AuthenticatedClient | None = None

    def __getattr__(self, name: str) -> Any:
        """Answer as the generated client does.

        Raises:
            WaldurError: the generated client is not installed.
        """
        if name.startswith("__") or name in OWN:
            raise AttributeError(name)
        with self._lock:
            if self._generated is None:
                self._generated = _build(self._settings, self.gateway)
        return getattr(self._generated, name)

    def close(self) -> None:
        """Close the generated client's connections; the gateway's stay open."""
        with self._lock:
            generated, self._generated = self._generated, None
        if generated is not None:
            generated.get_httpx_client().close()


def _build(settings: ConnectionSettings, gateway: Waldur) -> AuthenticatedClient:
    try:
        # Seconds and a hundred megabytes, for those plugins alone that need them.
        import httpx  # noqa: PLC0415 - as said above
        from waldur_api_client import AuthenticatedClient  # noqa: PLC0415 - as said above
    except ImportError:
        raise WaldurError(
            "a plugin needs Waldur's generated client, which is not installed; "
            "install waldur-site-agent[sdk]"
        ) from None
    from waldur_site_agent.waldur.pool import tls_context  # noqa: PLC0415 - loads httpx2

    # It tells whole addresses at the level of information, with whom a query is about.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    prefix, _, token = gateway.authorization().partition(" ")
    return AuthenticatedClient(
        base_url=settings.server_url,
        token=token,
        prefix=prefix,
        headers={"User-Agent": settings.user_agent},
        verify_ssl=tls_context(settings),
        timeout=httpx.Timeout(settings.timeout_seconds, connect=CONNECT_SECONDS),
        httpx_args={"auth": _authorized_by(gateway), "proxy": settings.proxy or None},
    )


def _authorized_by(gateway: Waldur) -> object:
    """Give each request the header of its moment: a bearer token outlives its first hour."""

    def authorize(request: httpx.Request) -> httpx.Request:
        request.headers["Authorization"] = gateway.authorization()
        return request

    return authorize
