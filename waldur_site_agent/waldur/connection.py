"""How to reach a Mastermind, and the door to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from waldur_site_agent.config.credentials import sendable
from waldur_site_agent.waldur.errors import USUAL_KEYS, ConfigKeys

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from waldur_site_agent.waldur.gateway import Waldur


@dataclass(frozen=True, kw_only=True)
class OidcSettings:
    """Where a bearer token comes from: the client credentials grant of an identity provider."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How often a repeatable request is tried, and how long is waited between, in seconds.

    A server that asks for more patience than ``longest_retry_after`` gets it from the next pass.
    With the defaults, waiting takes eight seconds at the very most.
    """

    attempts: int = 3
    first_wait: float = 0.5
    longest_wait: float = 3.0
    jitter: float = 0.5
    longest_retry_after: float = 4.0


@dataclass(frozen=True, kw_only=True)
class ConnectionSettings:
    """One Mastermind and one credential.

    Attributes:
        api_url: the API's root; a missing ``/api/`` at its end is added, as the 1.x agent did.
        token: goes out as ``Authorization: Token …``. Without it ``oidc`` is used.
        oidc: where a bearer token comes from when there is no token.
        ca_bundle: a file or folder of certificate authorities; without it the system's are used.
        proxy: URL of an HTTP proxy; without it the environment's (``HTTPS_PROXY``) is used.
        timeout_seconds: how long one request may take in all, repetitions included. A listing
            has that long for each page, and a new bearer token thirty seconds of its own.
        retries: what is repeated, and how patiently.
        keys: how the configuration calls the address and the credential; other than as usual for
            a second Waldur.

    Raises:
        ValueError: ``api_url`` is no HTTP URL, or the token cannot be sent in a header.
    """

    api_url: str
    token: str = field(default="", repr=False)
    oidc: OidcSettings | None = None
    verify_ssl: bool = True
    ca_bundle: str | None = None
    proxy: str = field(default="", repr=False)
    timeout_seconds: float = 60.0
    user_agent: str = "waldur-site-agent"
    retries: RetryPolicy = RetryPolicy()
    keys: ConfigKeys = USUAL_KEYS

    def __post_init__(self) -> None:
        """Bring the URL into its one form, and refuse what could never be sent."""
        object.__setattr__(self, "api_url", f"{_server_of(self.api_url, self.keys.url)}/api/")
        object.__setattr__(self, "token", self.token.strip())
        if not sendable(self.token):
            raise ValueError("the token has characters that no token has, such as a line break")

    @property
    def server_url(self) -> str:
        """The address without ``/api/``, as Waldur's generated client wants it."""
        return self.api_url.removesuffix("/api/")


def connect(settings: ConnectionSettings) -> Waldur:
    """Make a gateway. Nothing is asked yet."""
    # The HTTP library costs a tenth of a second; only those who connect pay for it.
    from waldur_site_agent.waldur.gateway import Waldur  # noqa: PLC0415 - lazy, as said above
    from waldur_site_agent.waldur.transport import Transport  # noqa: PLC0415 - the same

    return Waldur(Transport(settings))


def _server_of(api_url: str, key: str) -> str:
    """Cut the API's path off the end, and nothing else: host names may end in a, p or i."""
    url = api_url.strip().rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not _has_sound_port(parts):
        raise ValueError(
            f"{api_url!r} is not the address of a Waldur: write {key} like "
            "https://waldur.example.org/api/"
        )
    return url.removesuffix("/api")


def _has_sound_port(parts: SplitResult) -> bool:
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False
