"""Listings, complete or an error.

Rows move between pages while others are added and removed. Rows that were seen are dropped, and
what is left is counted against ``X-Result-Count``: a listing that comes short is read once more,
and then given up, because a partial listing must never be taken for what ought to be.

One thing no count shows: a row that goes and another that comes while the pages are read may hide
a third that stayed. So whoever takes something away from somebody asks for the object itself first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar
from urllib.parse import parse_qsl, urlsplit

import structlog

from waldur_site_agent.waldur.errors import ContractError, NotFoundError, TransientError
from waldur_site_agent.waldur.wire import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from waldur_site_agent.waldur.answers import Answer
    from waldur_site_agent.waldur.call import Call, Query

logger = structlog.get_logger(__name__)

PAGE_SIZE = 300
"""As many rows as a server gives at once."""
MOST_PAGES = 10_000

Row = Mapping[str, object]
T = TypeVar("T")


class Sender(Protocol):
    """What carries a call: the transport."""

    def send(self, call: Call) -> Answer:
        """Carry a call, or raise a ``WaldurError``."""


def list_all(transport: Sender, call: Call, read: Callable[[Row], T | None]) -> list[T]:
    """Read all of a listing.

    Rows are read as they come, so that never more than a page of them is held raw.

    Args:
        transport: what carries the call.
        call: the listing.
        read: makes of a row what is kept; None leaves the row out, which counts all the same.

    Raises:
        TransientError: a page failed, or the listing stayed incomplete.
        ContractError: a page is no list of objects.
        RefusedError: the first page was refused.
    """
    call = call.with_query((*call.query, ("page_size", str(PAGE_SIZE))))
    for _ in range(2):
        listing = _listed(transport, call, read)
        if listing.is_complete():
            return listing.kept
        logger.debug("waldur.listing_incomplete", operation=call.operation, path=call.path)
    raise TransientError(f"the listing is incomplete: {listing.shortage()}", at=call)


class _Listing(Generic[T]):
    """What the pages so far have come to."""

    def __init__(self, read: Callable[[Row], T | None]) -> None:
        self.kept: list[T] = []
        self._read = read
        self._uuids: set[str] = set()
        self._counted = 0
        self._announced = 0
        self._cut_short = False

    def add(self, page: list[Row], announced: int) -> None:
        """Take a page's rows, less those of earlier pages.

        Rows that come twice on one page are the server's doing and count as it counted them.
        """
        here: set[str] = set()
        self._announced = max(self._announced, announced)
        for row in page:
            uuid = _uuid(row)
            if uuid in self._uuids:
                continue
            self._counted += 1
            if uuid not in here:
                self._keep(row)
            if uuid is not None:
                here.add(uuid)
        self._uuids |= here

    def _keep(self, row: Row) -> None:
        kept = self._read(row)
        if kept is not None:
            self.kept.append(kept)

    def cut_short(self) -> None:
        """A page that was announced is gone: rows were removed meanwhile."""
        self._cut_short = True

    def is_complete(self) -> bool:
        return not self._cut_short and self._counted >= self._announced

    def shortage(self) -> str:
        return f"{self._counted} rows of {self._announced}"


def _listed(transport: Sender, call: Call, read: Callable[[Row], T | None]) -> _Listing[T]:
    listing = _Listing(read)
    try:
        for answer in _pages(transport, call):
            listing.add(_rows(call, answer), _announced(answer))
    except _PageGoneError:
        listing.cut_short()
    return listing


class _PageGoneError(Exception):
    """The listing became shorter than the page that was to come."""


def _pages(transport: Sender, call: Call) -> Iterator[Answer]:
    """Follow the links. Of a link only the query counts: the token stays with our own server."""
    asked: set[Query] = {call.query}
    answer = transport.send(call)
    yield answer
    while answer.next_url:
        query = tuple(parse_qsl(urlsplit(answer.next_url).query, keep_blank_values=True))
        if not query or query in asked or len(asked) >= MOST_PAGES:
            raise ContractError("the link to the next page leads nowhere new", at=call)
        asked.add(query)
        try:
            answer = transport.send(call.with_query(query))
        except NotFoundError:
            raise _PageGoneError from None
        yield answer


def _rows(call: Call, answer: Answer) -> list[Row]:
    page = decode(answer.body, at=call)
    if not isinstance(page, list):
        raise ContractError(f"expected a list, got {type(page).__name__}", at=call)
    for row in page:
        if not isinstance(row, Mapping):
            raise ContractError(f"expected a list of objects, found {type(row).__name__}", at=call)
    return page


def _uuid(row: Row) -> str | None:
    uuid = row.get("uuid")
    return uuid if isinstance(uuid, str) else None


def _announced(answer: Answer) -> int:
    """The number of rows in all, as the server counts; 0 where it does not say."""
    text = answer.headers.get("x-result-count", "").strip()
    return int(text) if text.isascii() and text.isdigit() else 0
