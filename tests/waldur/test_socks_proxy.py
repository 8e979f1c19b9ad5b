"""A SOCKS proxy, which the HTTP library takes only with an extra of its own."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.waldur.errors import TransientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.waldur.gateway import Waldur


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_a_socks_proxy_is_tried(open_waldur: Callable[..., Waldur], scheme: str) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        waldur = open_waldur(proxy=f"{scheme}://127.0.0.1:{nobody.getsockname()[1]}")

        with pytest.raises(TransientError, match="refused"):
            waldur.server.version()
