"""The way to the broker: TLS and whom it believes, proxies, and wrong addresses."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.events.broker import Broker
from waldur_site_agent.events.errors import BrokerError, LoginRefusedError, UnreachableError
from waldur_site_agent.events.opening import open_session
from waldur_site_agent.events.session import Wishes
from waldur_site_agent.events.subscription import Subscription
from waldur_site_agent.waldur.connection import ConnectionSettings
from waldur_site_agent_testkit.events.memory import MemoryBroker
from waldur_site_agent_testkit.events.stomp_server import StompServer
from waldur_site_agent_testkit.mastermind.server import MastermindServer
from waldur_site_agent_testkit.mastermind.world import World
from waldur_site_agent_testkit.relay import Relay, http_connect, socks5

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

SUBSCRIPTION = Subscription(vhost="v", username="u", passcode="secret-token", queue="q")
OPENSSL = shutil.which("openssl")
with_openssl = pytest.mark.skipif(OPENSSL is None, reason="certificates are made with openssl")


@pytest.fixture
def server() -> Iterator[StompServer]:
    broker = MemoryBroker()
    broker.provision(vhost="v", user="u", password="secret-token", queue="q")
    with StompServer(broker) as server:
        yield server


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for this host that nobody but itself vouches for, and its key."""
    path = tmp_path_factory.mktemp("tls") / "site.pem"
    command = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    subprocess.run(  # noqa: S603 - a fixed command of openssl
        [
            str(OPENSSL),
            *command.split(),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(path.with_suffix(".key")), "-out", str(path)),
        ],
        check=True,
        capture_output=True,
        timeout=30,
    )
    return path


@pytest.fixture
def secure(server: StompServer, certificate: Path) -> Iterator[Relay]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    # A ticket that comes after the handshake is read by one thread of the WebSocket library while
    # another writes, which OpenSSL forbids: about one connect in a hundred then gets no answer, and
    # the agent tries again. These tests try once.
    context.num_tickets = 0
    with Relay(server.port, tls=context) as relay:
        yield relay


def reach(
    url: str,
    subscription: Subscription = SUBSCRIPTION,
    *,
    verify_ssl: bool = True,
    ca_bundle: str = "",
    proxy: str = "",
) -> None:
    """Connect, subscribe and go."""
    connection = ConnectionSettings(
        api_url="https://waldur.example.org/api/",
        verify_ssl=verify_ssl,
        ca_bundle=ca_bundle or None,
        proxy=proxy,
    )
    broker = Broker(url=url, connection=connection)
    with closing(open_session(broker, subscription, Wishes(), clock=time.monotonic)):
        pass


def obstacle(url: str, **settings: str) -> str:
    with pytest.raises(UnreachableError) as caught:
        reach(url, **settings)
    return str(caught.value)


@with_openssl
def test_a_sites_own_authority_is_believed(secure: Relay, certificate: Path) -> None:
    reach(f"wss://127.0.0.1:{secure.port}/rmqws-stomp", ca_bundle=str(certificate))
    assert secure.connections == 1


@with_openssl
def test_anybody_is_believed_if_told_so(secure: Relay) -> None:
    reach(f"wss://127.0.0.1:{secure.port}/rmqws-stomp", verify_ssl=False)


@with_openssl
def test_a_stranger_is_not_believed(secure: Relay) -> None:
    assert "set ca_bundle" in obstacle(f"wss://127.0.0.1:{secure.port}/rmqws-stomp")


@with_openssl
def test_a_ca_bundle_that_is_not_there_is_named(secure: Relay) -> None:
    url = f"wss://127.0.0.1:{secure.port}/rmqws-stomp"
    assert "the CA bundle /nowhere cannot be used" in obstacle(url, ca_bundle="/nowhere")


@pytest.mark.parametrize(("scheme", "greet"), [("http", http_connect), ("socks5h", socks5)])
def test_a_proxy_is_gone_through(
    server: StompServer, scheme: str, greet: Callable[[socket.socket], None]
) -> None:
    with Relay(server.port, greet=greet) as relay:
        reach("ws://broker.invalid:80/ws", proxy=f"{scheme}://127.0.0.1:{relay.port}")
        assert relay.connections == 1


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_a_proxy_that_is_away_is_told_without_its_password(
    server: StompServer, scheme: str
) -> None:
    server.stop()
    proxy = f"{scheme}://user:secret-word@127.0.0.1:{server.port}"
    words = obstacle("ws://broker.invalid:80/ws", proxy=proxy)
    assert "secret-word" not in words
    assert "prox" in words or "refused" in words


def test_plain_http_where_tls_is_asked_for_is_told(server: StompServer) -> None:
    assert "websocket_use_tls" in obstacle(f"wss://127.0.0.1:{server.port}/rmqws-stomp")


def test_a_web_server_that_is_no_broker_is_told() -> None:
    with MastermindServer(World()) as waldur:
        url = waldur.url.replace("http:", "ws:")
        assert "check stomp_ws_path" in obstacle(f"{url}/rmqws-stomp")


def test_nobody_there_is_told(server: StompServer) -> None:
    server.stop()
    assert "no connection: Connection refused" in obstacle(server.url)


def test_a_name_that_nobody_has_is_told() -> None:
    assert "no connection" in obstacle("ws://broker.invalid:80/ws")


@pytest.mark.parametrize(
    "changes", [{"passcode": "wrong-token"}, {"username": "nobody"}, {"vhost": "other"}]
)
def test_a_login_that_is_refused_is_told_apart(
    server: StompServer, changes: dict[str, str]
) -> None:
    known = {"vhost": "v", "username": "u", "passcode": "secret-token", "queue": "q"}
    with pytest.raises(LoginRefusedError) as caught:
        reach(server.url, Subscription(**{**known, **changes}))
    assert "token" not in str(caught.value)


def test_a_token_that_cannot_be_sent_is_no_login(server: StompServer) -> None:
    with pytest.raises(BrokerError) as caught:
        reach(server.url, Subscription(vhost="v", username="u", passcode="a\nb", queue="q"))
    assert "cannot be sent" in str(caught.value)
