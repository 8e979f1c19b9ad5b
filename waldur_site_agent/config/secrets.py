"""Which values are secret, and hiding them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from waldur_site_agent.config.findings import KeyPath

HIDDEN = "***"

_SECRET = re.compile(
    r"(password|passwd|passphrase|passcode|secret"
    r"|(^|_)(pwd|pw|token|credential|dsn|pin|(api|access|private|secret|signing)_?key))"
    r"s?(_?(id|value))?$"
)
_NEW_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|-")
_USER_INFO = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_SHORTEST = 6
"""Shorter secrets are not looked for in other texts: they would be found in every word."""


def sounds_secret(name: object) -> bool:
    """Whether a key's value is a secret by its name: ``…_token`` yes, ``…_token_url`` no."""
    return isinstance(name, str) and bool(_SECRET.search(_NEW_WORD.sub("_", name).lower()))


def without_user_info(text: str) -> str:
    """Hide the user and password of every URL in a text."""
    return _USER_INFO.sub(HIDDEN, text)


def redact(text: str, secrets: Collection[str]) -> str:
    """Hide known secrets, and the user and password of URLs, wherever they stand in a text."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return without_user_info(text)


def secret_leaves(tree: object, path: KeyPath = (), *, inside: bool = False) -> Iterator[KeyPath]:
    """Find the texts and numbers that are secret by the name of their key, or of one above it."""
    match tree:
        case dict():
            for key, value in tree.items():
                yield from secret_leaves(value, (*path, key), inside=inside or sounds_secret(key))
        case list():
            for position, value in enumerate(tree):
                yield from secret_leaves(value, (*path, position), inside=inside)
        case None | bool() | "":
            return
        case _ if inside:
            yield path


def worth_redacting(values: Collection[object]) -> frozenset[str]:
    """The values that are looked for in other texts, as text."""
    return frozenset(text for value in values if len(text := str(value)) >= _SHORTEST)


def hidden(
    tree: Any, *, secret: bool = False, sealed: Collection[KeyPath] = (), path: KeyPath = ()
) -> Any:
    """Copy plain values with the secrets replaced.

    Args:
        tree: plain values.
        secret: whether what is above is secret.
        sealed: further paths that are secret, whatever their names.
        path: where ``tree`` is.
    """
    secret = secret or path in sealed
    match tree:
        case dict():
            return {
                key: hidden(
                    value, secret=secret or sounds_secret(key), sealed=sealed, path=(*path, key)
                )
                for key, value in tree.items()
            }
        case list() | tuple():
            return [
                hidden(value, secret=secret, sealed=sealed, path=(*path, position))
                for position, value in enumerate(tree)
            ]
        case None | bool() | "":
            return tree
        case str() if not secret:
            return without_user_info(tree)
        case _:
            return HIDDEN if secret else tree
