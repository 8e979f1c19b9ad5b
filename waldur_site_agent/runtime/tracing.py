"""Where a piece of work begins and ends, for whoever traces; nobody, unless that is configured."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Tracer(Protocol):
    """Follows what happens inside of a block."""

    def __call__(self, name: str, /, *, offering: str) -> AbstractContextManager[object]:
        """Follow one piece of work, such as a pass of a mode."""


def _untraced(name: str, /, *, offering: str) -> AbstractContextManager[object]:
    del name, offering
    return nullcontext()


class _Traced:
    by: Tracer = staticmethod(_untraced)


def trace_with(tracer: Tracer) -> None:
    """Have this tracer follow all work from now on."""
    _Traced.by = staticmethod(tracer)


def traced(name: str, *, offering: str) -> AbstractContextManager[object]:
    """Follow what happens in the block, if anybody wants it."""
    return _Traced.by(name, offering=offering)
