"""The resources at work, for hooks of which the contract tells ids alone.

Some plugins for the 1.x agent need more of a resource than its id to tell what it used.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from waldur_site_agent.backend.waldur_objects import WaldurResource

_IN_HAND: ContextVar[Mapping[str, WaldurResource] | None] = ContextVar("in_hand", default=None)


@contextmanager
def having(resources: Sequence[WaldurResource]) -> Iterator[None]:
    """Have resources in hand inside of the block, in its thread."""
    token = _IN_HAND.set({one.backend_id: one for one in resources})
    try:
        yield
    finally:
        _IN_HAND.reset(token)


def in_hand(backend_id: str) -> WaldurResource | None:
    """The resource that has this id, if it is in hand."""
    return (_IN_HAND.get() or {}).get(backend_id)
