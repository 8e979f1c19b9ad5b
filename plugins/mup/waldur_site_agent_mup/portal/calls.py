"""One request to the portal, and what its answer means. Pure; knows no HTTP library."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent_mup.errors import MupNotFoundError, MupRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

Body: TypeAlias = Mapping[str, object]

UNAUTHORIZED = 401
NOT_FOUND = 404
SUCCESS = range(200, 300)
REFUSALS = range(400, 500)
PASSING = frozenset({408, 425, 429})
"""Statuses below 500 that speak of the moment."""
LONGEST_WORDS = 300
_ADDRESS = re.compile(r"[^\s\"'<>(),;:]+@[^\s\"'<>(),;:]+")


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request.

    Attributes:
        operation: what it is about, for people; never whom.
        path: below the portal's root, with every part escaped.
        query: of a further page.
        repeatable: to send it twice is as good as once.
        personal: the answer may speak of a person, so that none of its words are told.
    """

    operation: str
    method: str
    path: str
    query: str = ""
    body: Body | None = None
    repeatable: bool = False
    personal: bool = False

    @classmethod
    def get(cls, operation: str, path: str, *, personal: bool = False) -> Call:
        """Write a call that reads."""
        return cls(operation=operation, method="GET", path=path, repeatable=True, personal=personal)

    @classmethod
    def post(cls, operation: str, path: str, body: Body, *, personal: bool = False) -> Call:
        """Write a call that makes something: sent once."""
        return cls(operation=operation, method="POST", path=path, body=body, personal=personal)

    @classmethod
    def put(cls, operation: str, path: str, body: Body) -> Call:
        """Write a call that sets something, which may be sent again."""
        return cls(operation=operation, method="PUT", path=path, body=body, repeatable=True)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back, whole."""

    status: int
    body: bytes
    content_type: str = ""
    retry_after: str = ""

    @property
    def is_json(self) -> bool:
        """Whether it says to be JSON."""
        return "json" in self.content_type.lower()


def path(*parts: object) -> str:
    """Write a path below the portal's root; each part is one segment, whatever is in it."""
    return "/api/" + "/".join(quote(str(part), safe="") for part in parts)


def read(call: Call, answer: Answer) -> object:
    """Read an answer's JSON; an empty one is ``{}``.

    Raises:
        MupNotFoundError: MUP says that there is no such thing.
        MupRefusedError: MUP's definite no.
        BackendUnavailableError: anything that tells neither.
    """
    if answer.status not in SUCCESS:
        raise _failure(call, answer)
    if not answer.body.strip():
        return {}
    return _json(call, answer)


def _json(call: Call, answer: Answer) -> object:
    if not answer.is_json:
        raise unreadable(call, "it is no JSON")
    try:
        return json.loads(answer.body)
    except ValueError:
        # The original would quote the text.
        raise unreadable(call, "it is no JSON") from None


def unreadable(call: Call, why: str) -> BackendUnavailableError:
    """An answer that tells nothing: neither that something is so nor that it is not."""
    return BackendUnavailableError(f"MUP's answer ({call.operation}) cannot be read: {why}")


def _failure(call: Call, answer: Answer) -> BackendError:
    status = answer.status
    if status == UNAUTHORIZED:
        return BackendUnavailableError(
            "MUP refuses the agent itself (401): correct backend_settings.username and password"
        )
    if status not in REFUSALS or status in PASSING:
        return BackendUnavailableError(f"MUP answered {status} ({call.operation})")
    if status == NOT_FOUND and not answer.is_json:
        return BackendUnavailableError(
            f"what answers is not MUP (404 without JSON, {call.operation}): "
            "look at backend_settings.api_url"
        )
    kind = MupNotFoundError if status == NOT_FOUND else MupRefusedError
    said = "; ".join(_said(call, answer))[:LONGEST_WORDS]
    return kind(f"MUP refused ({call.operation}, {status})" + (f": {said}" if said else ""))


def _said(call: Call, answer: Answer) -> Iterator[str]:
    """MUP's words by field, without e-mail addresses; about persons, the fields' names only."""
    try:
        told = json.loads(answer.body)
    except ValueError:
        return
    if not isinstance(told, Mapping):
        return
    for name, words in told.items():
        if call.personal or (call.body and "@" in str(call.body.get(name, ""))):
            yield f"{name} is not accepted"
        else:
            yield _ADDRESS.sub("…", f"{name}: {_text(words)}")


def _text(words: object) -> str:
    return " ".join(map(str, words)) if isinstance(words, list) else str(words)
