"""Requests over the network. The only module that knows the HTTP library.

Importing that costs a tenth of a second, so it is done when the first request is sent.
"""

from __future__ import annotations

import logging
import ssl
import time
from typing import TYPE_CHECKING

import httpx2
import stamina

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent_mup.portal.calls import Answer, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent_mup.portal.calls import Call
    from waldur_site_agent_mup.settings import MupSettings

# The library tells whole addresses at the level of information, with whom they are about.
logging.getLogger("httpx2").setLevel(logging.WARNING)

CONNECT_SECONDS = 10.0
LONGEST_WAIT = 10.0
LARGEST_ANSWER = 64 * 1024 * 1024


class _PassingError(BackendUnavailableError):
    """What may be better in a moment; ``wait`` as MUP asked for, in seconds."""

    def __init__(self, text: str, wait: float | None = None) -> None:
        super().__init__(text)
        self.wait = wait


class Transport:
    """Carries calls to one portal. One time limit holds for a call with all its repetitions."""

    def __init__(
        self,
        settings: MupSettings,
        *,
        network: httpx2.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open nothing yet. ``network`` replaces the real one."""
        self._settings = settings
        self._network = network
        self._clock = clock
        self._opened: httpx2.Client | None = None

    def send(self, call: Call) -> object:
        """Carry a call, again where that is safe and may help, and read its answer.

        Raises:
            BackendUnavailableError: no answer, or one that tells nothing.
            BackendError: MUP's definite no.
        """
        end = self._clock() + self._settings.timeout_seconds
        if not call.repeatable:
            return self._attempt(call, end)
        for attempt in stamina.retry_context(
            on=lambda error: self._wait(error, end),
            attempts=self._settings.retries + 1,
            timeout=None,
            wait_initial=self._settings.retry_wait_seconds,
            wait_max=LONGEST_WAIT,
            wait_jitter=0,
        ):
            with attempt:
                return self._attempt(call, end)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def close(self) -> None:
        """Close the connections. A later call opens new ones."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _wait(self, error: Exception, end: float) -> bool | float:
        """Whether to repeat: False for no, True for the usual wait, or seconds."""
        left = end - self._clock()
        if not isinstance(error, _PassingError) or left <= (error.wait or 0):
            return False
        return True if error.wait is None else error.wait

    def _attempt(self, call: Call, end: float) -> object:
        answer = self._exchange(call, end)
        try:
            return read(call, answer)
        except BackendUnavailableError as error:
            if answer.status in range(500, 600) or answer.retry_after:
                raise _PassingError(str(error), _seconds(answer.retry_after)) from None
            raise

    def _exchange(self, call: Call, end: float) -> Answer:
        try:
            with self._client().stream(
                call.method,
                self._settings.root + call.path + (f"?{call.query}" if call.query else ""),
                json=call.body,
                timeout=self._timeout(end),
            ) as response:
                return self._whole(call, response, end)
        except httpx2.RequestError as error:
            # The original may quote the address, which may name a person: it is not chained.
            raise _PassingError(f"MUP: {_reason(error)} ({call.operation})") from None

    def _timeout(self, end: float) -> httpx2.Timeout:
        left = max(end - self._clock(), 0.001)
        return httpx2.Timeout(left, connect=min(left, CONNECT_SECONDS))

    def _whole(self, call: Call, response: httpx2.Response, end: float) -> Answer:
        """Read the body, however slowly it drips, but not past the deadline."""
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if self._clock() > end or len(body) > LARGEST_ANSWER:
                raise BackendUnavailableError(f"MUP: the answer does not end ({call.operation})")
        headers = response.headers
        return Answer(
            status=response.status_code,
            body=bytes(body),
            content_type=headers.get("content-type", ""),
            retry_after=headers.get("retry-after", ""),
        )

    def _client(self) -> httpx2.Client:
        if self._opened is None:
            self._opened = httpx2.Client(
                auth=(self._settings.username, self._settings.password),
                headers={"Accept": "application/json"},
                verify=_tls(self._settings.ca_bundle),
                transport=self._network,
            )
        return self._opened


def _tls(ca_bundle: str) -> ssl.SSLContext:
    if not ca_bundle:
        return httpx2.create_ssl_context()
    try:
        return ssl.create_default_context(cafile=ca_bundle)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise BackendError(f"backend_settings.ca_bundle: {ca_bundle!r}: {why}") from None


def _seconds(retry_after: str) -> float | None:
    return float(retry_after) if retry_after.isdecimal() else None


def _reason(error: httpx2.RequestError) -> str:
    match error:
        case httpx2.ConnectTimeout():
            return "no connection in time"
        case httpx2.TimeoutException():
            return "no answer in time"
        case httpx2.ConnectError() | httpx2.ProxyError():
            return "no connection"
        case httpx2.NetworkError() | httpx2.RemoteProtocolError():
            return "the connection broke"
    return type(error).__name__
