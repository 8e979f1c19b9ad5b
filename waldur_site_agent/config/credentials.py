"""The rules about how an offering signs in to Waldur."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def credentials_mistake(*, token: object, oidc: Mapping[str, object]) -> str:
    """Say what is missing: a token, or all three OIDC values; empty when nothing is.

    Args:
        token: ``waldur_api_token``.
        oidc: the three OIDC keys with their values.
    """
    if token or all(oidc.values()):
        return ""
    missing = [key for key, value in oidc.items() if not value]
    if len(missing) < len(oidc):
        return f"waldur_api_token, or {' and '.join(missing)} beside the other OIDC keys"
    return f"waldur_api_token, or {', '.join(list(oidc)[:-1])} and {list(oidc)[-1]}"


def sendable(token: str) -> bool:
    """Whether a token can be part of a header: printable ASCII without spaces."""
    return token.isascii() and token.isprintable() and " " not in token
