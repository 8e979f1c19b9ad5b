"""Whom the gateway believes: the system's authorities, a site's own, or anybody if told so."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from waldur_site_agent.waldur.errors import TransientError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from waldur_site_agent.waldur.gateway import Waldur

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="certificates are made with openssl")


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
def secure(start_server: Callable[..., Any], certificate: Path) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    server = start_server(context)
    server.on("GET", "/api/version/", server.reply({"version": "7"}))
    return server


def test_a_sites_own_authority_is_believed(
    secure: Any, open_waldur: Callable[..., Waldur], certificate: Path
) -> None:
    waldur = open_waldur(api_url=secure.api_url, verify_ssl=True, ca_bundle=str(certificate))
    assert waldur.server.version() == "7"


def test_a_stranger_is_not_believed(secure: Any, open_waldur: Callable[..., Waldur]) -> None:
    with pytest.raises(TransientError, match="CERTIFICATE_VERIFY_FAILED"):
        open_waldur(api_url=secure.api_url, verify_ssl=True).server.version()
    assert secure.asked == []


def test_anybody_is_believed_if_told_so(secure: Any, open_waldur: Callable[..., Waldur]) -> None:
    assert open_waldur(api_url=secure.api_url, verify_ssl=False).server.version() == "7"
