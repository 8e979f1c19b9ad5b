"""What came back, and which error it means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from waldur_site_agent.waldur.errors import (
    ConfigKeys,
    ConflictError,
    ContractError,
    NotFoundError,
    RefusedError,
    TransientError,
    UnauthorizedError,
    WaldurError,
)

if TYPE_CHECKING:
    from waldur_site_agent.waldur.call import Call

SUCCESS = range(200, 300)
REDIRECTION = range(300, 400)
BROKEN = range(500, 600)
NOT_FOUND = 404
REFUSALS = {401: UnauthorizedError, 403: UnauthorizedError, 409: ConflictError}
PASSING = frozenset({408, 425, 429})
"""The 4xx that say "later" rather than "no"."""

LONGEST_WORDS = 500


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A complete answer. Header names are lower case; ``next_url`` links to the next page."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    next_url: str = ""


def check(call: Call, answer: Answer, *, keys: ConfigKeys) -> Answer:
    """Pass a success on.

    Args:
        call: what was asked.
        answer: what came back.
        keys: what the advice of errors names.

    Raises:
        WaldurError: the kind that the status means.
    """
    error = _error(call, answer, keys)
    if error is not None:
        error.keys = keys
        raise error
    return answer


def outcome_of(status: int | None) -> str:
    """Sort an answer for counting: ``ok``, ``refused``, ``failed`` or ``no_answer``."""
    if status is None:
        return "no_answer"
    if status in PASSING or status in BROKEN:
        return "failed"
    return "ok" if status < REDIRECTION.stop else "refused"


def _error(call: Call, answer: Answer, keys: ConfigKeys) -> WaldurError | None:
    status = answer.status
    if status in SUCCESS:
        return None
    if status in REDIRECTION:
        return ContractError(_redirection(answer, keys.url), at=call, status=status)
    words = server_words(answer.body)
    if status == NOT_FOUND:
        return NotFoundError(words, at=call, unrouted=_is_page(answer.body))
    if status in PASSING or status in BROKEN:
        return TransientError(words, at=call, status=status, retry_after=retry_after(answer))
    return REFUSALS.get(status, RefusedError)(words, at=call, status=status)


def server_words(body: bytes) -> str:
    """Tell what the server said, in bounded length, without markup or e-mail addresses."""
    text = body.decode(errors="replace").strip()
    words = _page_words(text) if _is_page(body) else _json_words(body) or text
    words = re.sub(r"\S+@\S+", "<e-mail>", " ".join(words.split()))
    return words if len(words) <= LONGEST_WORDS else f"{words[: LONGEST_WORDS - 1]}…"


def retry_after(answer: Answer) -> float | None:
    """Read how many seconds the server asks to wait, whether it gave a number or a date."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _is_page(body: bytes) -> bool:
    return body.lstrip()[:1] == b"<"


def _page_words(page: str) -> str:
    title = re.search(r"<title>([^<]{1,80})", page, re.IGNORECASE)
    return f"a web page, “{title[1].strip()}”" if title else "a web page"


def _json_words(body: bytes) -> str:
    """The words of ``{"detail": ...}``, or of the reasons per field that validation gives."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    if not isinstance(said, Mapping):
        return _flat(said)
    if set(said) == {"detail"}:
        return _flat(said["detail"])
    return "; ".join(
        _flat(reasons) if field == "non_field_errors" else f"{field}: {_flat(reasons)}"
        for field, reasons in said.items()
    )


def _flat(said: object) -> str:
    if isinstance(said, list):
        return ", ".join(str(item) for item in said)
    return str(said)


def _redirection(answer: Answer, key: str) -> str:
    """Say where the server wants us to be; the query of the address may hold anything."""
    target = urlsplit(answer.headers.get("location", ""))
    if not target.hostname:
        return f"the server redirects; check {key}"
    server = f"{target.scheme}://{target.hostname}{f':{target.port}' if target.port else ''}"
    root, found, _ = target.path.partition("/api/")
    if not found:
        return f"the server redirects to {server}; check {key}"
    return f"the server redirects; set {key} to {server}{root}/api/"
