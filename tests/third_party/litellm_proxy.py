"""A LiteLLM proxy without a licence, as much of its management API as plugins ask for.

It is strict and has a state. Keys are shown once, when they are made; afterwards they go by their
token, which is the SHA-256 of the key.
"""

from __future__ import annotations

import hashlib
from itertools import count
from math import ceil
from typing import TYPE_CHECKING, Any

from waldur_site_agent_testkit.remote import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waldur_site_agent_testkit.remote import Asked, Remote

MASTER_KEY = "sk-master"
LARGEST_PAGE = 100
CAPS = ("max_budget", "budget_duration", "tpm_limit", "rpm_limit")
"""What a key may be held to; None is no cap."""
Key = dict[str, Any]


def refusal(status: int, message: str) -> Answer:
    """Answer with the proxy's error object."""
    return Answer({"error": {"message": message, "code": str(status)}}, status=status)


class LiteLLM:
    """Keys, and what was used by them.

    Attributes:
        keys: by token.
        days: rows of usage, a date and an alias each: tokens in, tokens out, dollars.
    """

    def __init__(self, remote: Remote) -> None:
        self.keys: dict[str, Key] = {}
        self._numbers = count(1)
        self.days: dict[tuple[str, str], tuple[int, int, float]] = {}
        healthy = {"status": "healthy", "db": "connected"}
        remote.route("GET", "/health/readiness")(lambda _: Answer(healthy))
        for method, path, handler in (
            ("POST", "/key/generate", self.generate),
            ("GET", "/key/list", self.list),
            ("POST", "/key/update", self.update),
            ("POST", "/key/block", self.block),
            ("POST", "/key/unblock", self.unblock),
            ("POST", "/key/delete", self.delete),
            ("POST", "/key/{token}/regenerate", self.regenerate),
            ("GET", "/user/daily/activity", self.activity),
        ):
            remote.route(method, path)(_authorized(handler))

    @property
    def aliases(self) -> set[str]:
        return {key["key_alias"] for key in self.keys.values()}

    def opens(self, secret: str) -> bool:
        """Tell whether the proxy takes a key."""
        key = self.keys.get(_token(secret))
        return key is not None and not key["blocked"]

    @property
    def caps(self) -> dict[str, dict[str, Any]]:
        """What the keys are held to, by alias."""
        return {
            key["key_alias"]: {cap: key[cap] for cap in CAPS if key[cap] is not None}
            for key in self.keys.values()
        }

    def generate(self, asked: Asked) -> Answer:
        body: Any = asked.json()
        if body["key_alias"] in self.aliases:
            return refusal(400, f"Key with alias '{body['key_alias']}' already exists.")
        secret = f"sk-{next(self._numbers)}"
        # A key that was never blocked says null.
        key = dict.fromkeys(("models", "blocked", *CAPS)) | body | {"token": _token(secret)}
        self.keys[key["token"]] = key
        return Answer({**key, "key": secret})

    def list(self, asked: Asked) -> Answer:
        wanted, is_part = asked.one("key_alias"), asked.one("substring_matching") == "true"
        found = [
            key if asked.one("return_full_object") == "true" else token
            for token, key in self.keys.items()
            if (wanted in key["key_alias"] if is_part else wanted in ("", key["key_alias"]))
        ]
        page, size = int(asked.one("page", "1")), int(asked.one("size", "10"))
        if size > LARGEST_PAGE:
            return refusal(422, "size: Input should be less than or equal to 100")
        counts = {"total_count": len(found), "current_page": page}
        return Answer(
            {"keys": _page(found, page, size), **counts, "total_pages": _pages(found, size)}
        )

    def update(self, asked: Asked) -> Answer:
        """Set what is given; null takes a cap away."""
        body: Any = asked.json()
        return self._change(body.pop("key"), body)

    def block(self, asked: Asked) -> Answer:
        body: Any = asked.json()
        return self._change(body["key"], {"blocked": True})

    def unblock(self, asked: Asked) -> Answer:
        body: Any = asked.json()
        return self._change(body["key"], {"blocked": False})

    def _change(self, token: str, change: Key) -> Answer:
        if token not in self.keys:
            return refusal(404, "Key not found.")
        self.keys[token] |= change
        return Answer(self.keys[token])

    def delete(self, asked: Asked) -> Answer:
        body: Any = asked.json()
        if unknown := [token for token in body["keys"] if token not in self.keys]:
            return refusal(404, f"Keys not found: {unknown}")
        for token in body["keys"]:
            del self.keys[token]
        return Answer({"deleted_keys": body["keys"]})

    def regenerate(self, asked: Asked) -> Answer:
        assert asked.parts["token"]
        return refusal(500, "Regenerating Virtual Keys is an Enterprise feature")

    def activity(self, asked: Asked) -> Answer:
        """Days of usage, by key; the latest first, a page holding so many days."""
        first, last = asked.one("start_date"), asked.one("end_date")
        days = sorted({day for day, _ in self.days if first <= day <= last}, reverse=True)
        page, size = int(asked.one("page", "1")), int(asked.one("page_size", "50"))
        pages = _pages(days, size)
        about = {"page": page, "total_pages": pages, "has_more": page < pages}
        results = [self._day(day) for day in _page(days, page, size)]
        return Answer({"results": results, "metadata": about})

    def _day(self, day: str) -> dict[str, Any]:
        keys = {
            _token(alias): {
                "metadata": {"key_alias": alias, "team_id": None},
                "metrics": {"prompt_tokens": read, "completion_tokens": written, "spend": spent},
            }
            for (date, alias), (read, written, spent) in self.days.items()
            if date == day
        }
        return {"date": day, "metrics": {}, "breakdown": {"models": {}, "api_keys": keys}}


def _authorized(handler: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
    def handle(asked: Asked) -> Answer:
        if asked.headers.get("authorization") != f"Bearer {MASTER_KEY}":
            return refusal(401, "Authentication Error")
        return handler(asked)

    return handle


def _token(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _page(rows: Sequence[Any], page: int, size: int) -> Sequence[Any]:
    """Cut one out; behind the last there is nothing."""
    return rows[(page - 1) * size : page * size]


def _pages(rows: Sequence[object], size: int) -> int:
    return ceil(len(rows) / size)
