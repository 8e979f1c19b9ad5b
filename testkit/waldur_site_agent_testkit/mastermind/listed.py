"""Listings on their way from page to page."""

from collections.abc import Sequence
from typing import TypeVar, cast

T = TypeVar("T")
MOST = 8
"""So many listings are read at the same time."""


class Listed:
    """The rows that a listing chose on its first page, for the pages after it.

    Choosing among a hundred thousand rows again for every page would make a listing of them take
    minutes. Whatever changes the world has it forget them, so that rows still move between pages.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self._rows: dict[object, Sequence[object]] = {}

    def keep(self, listing: object, rows: Sequence[object]) -> None:
        """Keep a listing's rows; of too many, the oldest go."""
        self._rows.pop(listing, None)
        self._rows[listing] = rows
        if len(self._rows) > MOST:
            del self._rows[next(iter(self._rows))]

    def rows(self, listing: object) -> list[T] | None:
        """Return what was kept for a listing, if it still holds."""
        return cast("list[T] | None", self._rows.get(listing))

    def forget(self) -> None:
        """Forget all: something changes."""
        self._rows.clear()
