"""A WebSocket. The only module that knows the WebSocket library.

Importing it costs some seventy milliseconds: it happens when the first connection is made.
"""

from __future__ import annotations

import logging
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING

from websockets import exceptions
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from waldur_site_agent.events.errors import EndedError, LostError, UnreachableError
from waldur_site_agent.events.frames import LARGEST
from waldur_site_agent.waldur.pool import tls_context

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

    from waldur_site_agent.events.broker import Broker
    from waldur_site_agent.waldur.connection import ConnectionSettings

# At the level of debugging it tells every frame, and so the token. Its errors are connections that
# end while it reads; it raises them, too, and they are told in our own words.
logging.getLogger("websockets").setLevel(logging.CRITICAL)

STOMP = Subprotocol("v12.stomp")
OPEN_SECONDS = 10.0
CLOSE_SECONDS = 1.0


class WebSocket:
    """An open WebSocket. One thread receives; any thread sends."""

    def __init__(self, connection: ClientConnection) -> None:
        """Take over an open connection."""
        self._connection = connection

    def send(self, data: bytes) -> None:
        """Send a text message.

        Raises:
            LostError: the connection is gone.
        """
        try:
            self._connection.send(data.decode())
        except (exceptions.ConnectionClosed, OSError) as error:
            raise _end(error) from None

    def receive(self, *, seconds: float) -> bytes | None:
        """Wait for a message; None when none came in time.

        Raises:
            LostError: the connection is gone.
        """
        try:
            return bytes(self._connection.recv(timeout=seconds, decode=False))
        except TimeoutError:
            return None
        except (exceptions.ConnectionClosed, OSError) as error:
            raise _end(error) from None

    def give_up_after(self, seconds: float) -> None:
        """Let the system end the connection when what is sent is not taken for so long.

        Without it a send could wait for ever for a peer that is gone.
        """
        option = getattr(socket, "TCP_USER_TIMEOUT", None)
        if option is not None:
            with suppress(OSError):
                self._connection.socket.setsockopt(
                    socket.IPPROTO_TCP, option, round(seconds * 1000)
                )

    def close(self) -> None:
        """Say goodbye, for a second at most."""
        self._connection.close()

    def abort(self) -> None:
        """End at once; whoever sends or receives finds the connection lost."""
        with suppress(OSError):
            self._connection.socket.shutdown(socket.SHUT_RDWR)


def open_websocket(broker: Broker) -> WebSocket:
    """Connect, within ten seconds.

    Raises:
        UnreachableError: nobody answers, or not as a broker's WebSocket does.
    """
    settings = broker.connection
    try:
        return WebSocket(
            connect(
                broker.url,
                ssl=_tls_context(settings) if broker.url.startswith("wss:") else None,
                subprotocols=[STOMP],
                # The broker compresses nothing, and messages are short.
                compression=None,
                user_agent_header=settings.user_agent,
                # True: that of the environment, as for REST.
                proxy=settings.proxy or True,
                open_timeout=OPEN_SECONDS,
                close_timeout=CLOSE_SECONDS,
                # STOMP has heart-beats of its own.
                ping_interval=None,
                max_size=LARGEST,
            ).__enter__()
        )
    except (OSError, exceptions.WebSocketException) as error:
        # The original may quote the proxy's address, hence a password: it is not chained.
        raise UnreachableError(_obstacle(error)) from None


def _tls_context(settings: ConnectionSettings) -> ssl.SSLContext:
    try:
        return tls_context(settings)
    except OSError as error:
        raise UnreachableError(
            f"the CA bundle {settings.ca_bundle} cannot be used ({error.strerror or error}); "
            "correct the ca_bundle setting"
        ) from None


def _obstacle(error: Exception) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            said = error.verify_message
            return f"its certificate is not trusted ({said}); set ca_bundle, or verify_ssl"
        case ssl.SSLError():
            return f"it does not speak TLS ({error.reason}); check websocket_use_tls"
        case TimeoutError():
            return f"no answer within {OPEN_SECONDS:.0f} seconds"
        case OSError():
            return f"no connection: {error.strerror or error}"
    return _misunderstanding(error)


def _misunderstanding(error: Exception) -> str:
    match error:
        case exceptions.InvalidProxy():
            return "the proxy's address is not usable; correct the global_proxy setting"
        case exceptions.ProxyError():
            return "the proxy does not let us through; check the global_proxy setting"
        case exceptions.InvalidURI():
            return "this is no address; check the stomp_ws_ settings"
        case exceptions.InvalidStatus():
            status = error.response.status_code
            return f"a web server answers with status {status}; check stomp_ws_path and _port"
    return "it does not speak WebSocket; check the stomp_ws_ settings"


def _end(error: Exception) -> LostError:
    if isinstance(error, exceptions.ConnectionClosed) and error.rcvd is not None:
        return EndedError(f"the broker closed the connection ({error.rcvd.code})")
    return LostError("the connection broke")
