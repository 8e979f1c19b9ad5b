"""Looking up, listing and writing: what all areas of the portal have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import urlsplit

from waldur_site_agent_mup.errors import MupNotFoundError
from waldur_site_agent_mup.portal.calls import unreadable
from waldur_site_agent_mup.portal.records import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waldur_site_agent_mup.portal.calls import Call
    from waldur_site_agent_mup.portal.records import Row

T = TypeVar("T")


class Carrier(Protocol):
    """What sends calls: the transport, or a stand-in for it."""

    def send(self, call: Call) -> object:
        """Carry a call and read its answer."""

    def close(self) -> None:
        """Hang up; a later call opens anew."""


class Rest:
    """Calls whose answers are things."""

    def __init__(self, carrier: Carrier) -> None:
        """Send by a carrier; nothing is asked yet."""
        self._carrier = carrier

    def send(self, call: Call) -> None:
        """Send what is answered by nothing that matters."""
        self._carrier.send(call)

    def one(self, call: Call, read: Callable[[Row], T]) -> T:
        """Send what is answered by one thing."""
        return _read(call, read, _row(call, self._carrier.send(call)))

    def look_up(self, call: Call, read: Callable[[Row], T]) -> T | None:
        """Ask for one thing; None only where MUP itself says that there is none."""
        try:
            return self.one(call, read)
        except MupNotFoundError:
            return None

    def _pages(self, call: Call, answer: object) -> Sequence[object]:
        rows: list[object] = []
        seen = {call.query}
        while True:
            page = _row(call, answer)
            rows += _results(call, page)
            if not page.get("next"):
                return _complete(call, rows, page.get("count"))
            # The next page is at the same address, wherever a server behind a proxy believes to be.
            query = urlsplit(str(page["next"])).query
            if query in seen:
                raise unreadable(call, "its pages go round in circles")
            seen.add(query)
            answer = self._carrier.send(replace(call, query=query))

    def list(self, call: Call, read: Callable[[Row], T]) -> list[T]:
        """Read a listing to its end: a plain list, or pages that name the next one."""
        answer = self._carrier.send(call)
        rows = answer if isinstance(answer, list) else self._pages(call, answer)
        return [_read(call, read, _row(call, row)) for row in rows]


def _results(call: Call, page: Row) -> list[object]:
    listed = page.get("results")
    if isinstance(listed, list):
        return listed
    raise unreadable(call, "it is no list")


def _complete(call: Call, rows: list[object], count: object) -> list[object]:
    if isinstance(count, int) and count != len(rows):
        raise unreadable(call, f"it has {len(rows)} rows and speaks of {count}")
    return rows


def _row(call: Call, answer: object) -> Row:
    if isinstance(answer, Mapping):
        return answer
    raise unreadable(call, "it is no object")


def _read(call: Call, read: Callable[[Row], T], row: Row) -> T:
    try:
        return read(row)
    except UnreadableError as error:
        raise unreadable(call, str(error)) from None
