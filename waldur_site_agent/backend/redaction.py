"""Taking secrets out of what is shown: log lines, error texts, tracebacks."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HIDDEN = "***"

_WORD = (
    r"(?:secret|token|passw(?:or)?d|passphrase|passcode|api[_-]?key|access[_-]?key"
    r"|private[_-]?key|credential|authorization)"
)
_NAME = rf"[\w.-]*{_WORD}[\w.-]*"
_QUERY = re.compile(rf"([?&;]{_NAME}=)[^&#;\s\"']+", re.IGNORECASE)
_USERINFO = re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]+(?=@)")
_SCHEME = re.compile(r"\b(bearer|token|basic)(\s+)(?=\S*\d)[\w.~+/=-]{8,}", re.IGNORECASE)
_PAIR = re.compile(
    rf"({_NAME}[\"']?\s*[=:]\s*)(?!(?:bearer|token|basic)\s)(\"[^\"]*\"|'[^']*'|[^\s\"',;&]+)",
    re.IGNORECASE,
)
_WHOLE_NAME = re.compile(_NAME, re.IGNORECASE)
_FLAG = re.compile(rf"--?{_NAME}$", re.IGNORECASE)


def scrub_secret_query_params(text: str) -> str:
    """Hide the values of query parameters whose names speak of secrets.

    ``…?secretKey=abc&page=2`` becomes ``…?secretKey=***&page=2``.
    """
    return _QUERY.sub(rf"\1{HIDDEN}", text)


def scrub_secrets(text: str) -> str:
    """Hide what looks like a secret in a text that somebody may read.

    Query parameters, passwords in URLs, ``Authorization`` values, and ``name=value`` or
    ``name: value`` pairs whose names speak of secrets.
    """
    text = scrub_secret_query_params(text)
    text = _USERINFO.sub(rf"\1:{HIDDEN}", text)
    text = _SCHEME.sub(rf"\1\2{HIDDEN}", text)
    return _PAIR.sub(rf"\1{HIDDEN}", text)


def speaks_of_a_secret(name: str) -> bool:
    """Whether what is under a name is not to be shown, whatever it looks like."""
    return _WHOLE_NAME.fullmatch(name) is not None


def show_command(argv: Sequence[str]) -> str:
    """Write a command as one would type it, with the values after secret-looking flags hidden."""
    return shlex.join(_shown(argv)).replace(shlex.quote(HIDDEN), HIDDEN)


def _shown(argv: Sequence[str]) -> Iterator[str]:
    hide_next = False
    for word in argv:
        yield HIDDEN if hide_next else scrub_secrets(word)
        hide_next = not hide_next and bool(_FLAG.fullmatch(word))
