"""Open connections to one Mastermind, and what lets us in there.

The only module that knows the HTTP library. Importing it costs a tenth of a second:
``connection.connect`` does it when it is needed.
"""

from __future__ import annotations

import logging
import ssl
import threading
import time
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2

from waldur_site_agent.waldur.answers import Answer, check
from waldur_site_agent.waldur.authentication import (
    Authentication,
    BearerToken,
    GrantedToken,
    StaticToken,
    read_grant,
)
from waldur_site_agent.waldur.call import Call
from waldur_site_agent.waldur.deadline import Deadline
from waldur_site_agent.waldur.errors import TransientError, WaldurError
from waldur_site_agent.waldur.wire import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.waldur.connection import ConnectionSettings, OidcSettings

# The library tells whole addresses at the level of information, with whom a query is about.
logging.getLogger("httpx2").setLevel(logging.WARNING)

CONNECT_SECONDS = 10.0
TOKEN_SECONDS = 30.0


class Pool:
    """Connections with one credential. Safe to share between threads, and between transports."""

    def __init__(
        self,
        settings: ConnectionSettings,
        *,
        network: httpx2.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open nothing yet. ``network`` replaces the real one."""
        self._settings = settings
        self._network = network
        self._clock = clock
        self._lock = threading.Lock()
        self._opened: httpx2.Client | None = None
        self.authentication = self._authenticate(settings)

    def ask(self, call: Call, deadline: Deadline, *, authorization: str) -> Answer:
        """Make one request, and read its answer whatever the status.

        Raises:
            WaldurError: there is no answer, or the request cannot be made.
        """
        return self._exchange(call, self._request(call, authorization), deadline)

    def address(self, path: str) -> str:
        """Write the full address of a path below the API's root."""
        return f"{self._settings.api_url}{path}"

    def close(self) -> None:
        """Close all connections. A later request opens new ones."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def _request(self, call: Call, authorization: str) -> httpx2.Request:
        headers = {"Accept": "application/json"}
        if authorization:
            headers["Authorization"] = authorization
        content = None
        if call.body is not None:
            headers["Content-Type"] = "application/json"
            content = _content(call)
        return self._client(call).build_request(
            call.method,
            self.address(call.path),
            params=list(call.query) or None,
            headers=headers,
            content=content,
        )

    def _exchange(self, call: Call, request: httpx2.Request, deadline: Deadline) -> Answer:
        request.extensions = {**request.extensions, "timeout": _timeout(deadline).as_dict()}
        try:
            response = self._client(call).send(request, stream=True)
            try:
                return _complete(call, response, deadline)
            finally:
                response.close()
        except httpx2.RequestError as error:
            # The original may quote a header, hence a token: it is not chained.
            raise TransientError(_reason(error), at=call) from None

    def _client(self, call: Call) -> httpx2.Client:
        with self._lock:
            if self._opened is None:
                self._opened = self._open(call)
            return self._opened

    def _open(self, call: Call) -> httpx2.Client:
        settings = self._settings
        try:
            return httpx2.Client(
                headers={"User-Agent": settings.user_agent},
                # The token alone says who we are: a session's cookie would want CSRF tokens.
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                verify=tls_context(settings),
                proxy=settings.proxy or None,
                transport=self._network,
                limits=httpx2.Limits(max_connections=20, max_keepalive_connections=10),
            )
        except OSError as error:
            raise WaldurError(
                f"the CA bundle {settings.ca_bundle} cannot be used ({error.strerror or error}); "
                "correct the ca_bundle setting",
                at=call,
            ) from None
        except (ValueError, httpx2.InvalidURL):
            raise WaldurError(
                "the proxy's address is not usable; correct the global_proxy setting", at=call
            ) from None

    def _authenticate(self, settings: ConnectionSettings) -> Authentication:
        if settings.token or settings.oidc is None:
            return StaticToken(settings.token)
        oidc = settings.oidc
        return BearerToken(lambda: self._grant(oidc), clock=self._clock)

    def _grant(self, oidc: OidcSettings) -> GrantedToken:
        """Ask the identity provider for a token (OAuth 2.0, client credentials)."""
        address = oidc.token_url.partition("?")[0]
        call = Call(operation="authentication", method="POST", path=address)
        try:
            request = self._client(call).build_request(
                "POST",
                oidc.token_url,
                headers={"Accept": "application/json"},
                data={
                    "grant_type": "client_credentials",
                    "client_id": oidc.client_id,
                    "client_secret": oidc.client_secret,
                },
            )
        except httpx2.InvalidURL:
            raise WaldurError("oidc_token_url is no usable address", at=call) from None
        answer = self._exchange(call, request, Deadline(TOKEN_SECONDS, self._clock))
        return read_grant(check(call, answer, keys=self._settings.keys).body, at=call)


def _timeout(deadline: Deadline) -> httpx2.Timeout:
    """Write the time that is left as limits of a request's parts."""
    left = max(deadline.remaining(), 0.001)
    return httpx2.Timeout(left, connect=min(CONNECT_SECONDS, left))


def tls_context(settings: ConnectionSettings) -> ssl.SSLContext:
    """Decide whom to believe: the settings' authorities, the system's, or anybody.

    Raises:
        OSError: the CA bundle cannot be read, or is none.
    """
    if not settings.verify_ssl:
        return httpx2.create_ssl_context(verify=False)
    if not settings.ca_bundle:
        return httpx2.create_ssl_context()
    if Path(settings.ca_bundle).is_dir():
        return ssl.create_default_context(capath=settings.ca_bundle)
    return ssl.create_default_context(cafile=settings.ca_bundle)


def _content(call: Call) -> bytes:
    try:
        return encode(call.body)
    except (TypeError, ValueError, RecursionError) as error:
        # A text that cannot be encoded would be quoted: only its kind is told.
        reason = error if isinstance(error, TypeError) else type(error).__name__
        raise WaldurError(f"what is to be sent is no JSON: {reason}", at=call) from None


def _complete(call: Call, response: httpx2.Response, deadline: Deadline) -> Answer:
    """Read the body to its end, however slowly it drips, but not past the deadline."""
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if not deadline.remaining():
            raise TransientError("the answer did not end in time", at=call)
    return Answer(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=bytes(body),
        next_url=response.links.get("next", {}).get("url", ""),
    )


def _reason(error: httpx2.RequestError) -> str:
    match error:
        case httpx2.ConnectTimeout():
            return "no connection in time"
        case httpx2.TimeoutException():
            return "no answer in time"
        case httpx2.ConnectError() | httpx2.ProxyError():
            return f"no connection: {error}"
        case httpx2.NetworkError() | httpx2.RemoteProtocolError():
            return "the connection broke"
    return type(error).__name__
