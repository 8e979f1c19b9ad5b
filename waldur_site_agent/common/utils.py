"""Import path of the 1.x agent for a client of Waldur's REST API and for the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from waldur_site_agent.config.models import AgentConfiguration

REST_TIMEOUT_SECONDS = 600.0


def get_client(  # noqa: PLR0917 - the 1.x agent's signature
    api_url: str,
    token: str,
    agent_header: str | None = None,
    verify_ssl: bool = True,
    proxy: str = "",
    token_prefix: str = "Token",  # noqa: S107 - the word before the token in the header
) -> Any:
    """Make a client of Waldur's generated SDK, for plugins that use it.

    Args:
        api_url: as in the configuration, ending in ``/api/`` or not.
        token: the API token.
        agent_header: the ``User-Agent``.
        verify_ssl: check the server's certificate.
        proxy: an HTTP or SOCKS proxy's URL, or "".
        token_prefix: ``Token``, or ``Bearer`` for OIDC tokens.

    Returns:
        A ``waldur_api_client.AuthenticatedClient``. (Any: the SDK need not be installed.)

    Raises:
        ImportError: the SDK is not installed.
    """
    try:
        from httpx import Timeout  # noqa: PLC0415 - comes with the SDK
        from waldur_api_client import AuthenticatedClient  # noqa: PLC0415 - seconds, and optional
    except ImportError as error:
        raise ImportError(
            "this plugin uses Waldur's SDK: install waldur-site-agent[sdk] beside it"
        ) from error
    return AuthenticatedClient(
        base_url=server_url(api_url),
        token=token,
        prefix=token_prefix,
        timeout=Timeout(REST_TIMEOUT_SECONDS),
        verify_ssl=verify_ssl,
        headers={"User-Agent": agent_header} if agent_header else {},
        httpx_args={"proxy": proxy} if proxy else {},
    )


def server_url(api_url: str) -> str:
    """Take the trailing ``/api`` off a URL, which the SDK adds itself; nothing else."""
    return api_url.rstrip("/").removesuffix("/api").rstrip("/")


def load_configuration(
    config_file_path: str | Path, *_args: object, **_kwargs: object
) -> AgentConfiguration:
    """Read a configuration file; see ``waldur_site_agent.config.load.load``.

    Args:
        config_file_path: the YAML file.

    Raises:
        ConfigurationError: the file has problems; the text lists all of them.
    """
    from waldur_site_agent.config.load import load  # noqa: PLC0415 - only who asks pays

    return load(config_file_path).configuration
