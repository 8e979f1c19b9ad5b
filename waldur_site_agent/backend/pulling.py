"""How the pull of resources that is under way is to be done."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Pull:
    """How the pull under way is to be done."""

    include_usage: bool = True
    strict: bool = False


ORDINARY = Pull()
_PULL: ContextVar[Pull] = ContextVar("pull", default=ORDINARY)


@contextmanager
def pulling(*, include_usage: bool, strict: bool) -> Iterator[None]:
    """Say how a pull is to be done, for as long as it takes.

    Hooks with 1.x signatures have no parameter for it, so it goes around them.
    """
    token = _PULL.set(Pull(include_usage, strict))
    try:
        yield
    finally:
        _PULL.reset(token)


def pull_under_way() -> Pull:
    """Tell how the pull under way in this thread is to be done."""
    return _PULL.get()
