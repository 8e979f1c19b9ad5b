"""Keeping a library from loading another that it would only use if it were there."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def hidden(name: str) -> Iterator[None]:
    """Let imports of a library fail for as long as this lasts, as if it were not installed.

    Where it is loaded already, nothing is done.
    """
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # how Python marks what must not be found
    try:
        yield
    finally:
        del sys.modules[name]
