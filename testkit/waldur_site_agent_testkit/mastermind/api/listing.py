"""Listings: filters, order, pages and the choice of fields."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TypeAlias, TypeVar
from urllib.parse import urlencode

from waldur_site_agent_testkit.mastermind.api.answers import Invalid, Refusal, json_answer
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.identifiers import hex_of
from waldur_site_agent_testkit.mastermind.shapes import Object

T = TypeVar("T")
Test: TypeAlias = Callable[[T], bool]
Filter: TypeAlias = Callable[[Sequence[str]], Test[T]]
"""Turns a parameter's values into a test of a row; raises `ValueError` with the complaint."""

DEFAULT_SIZE = 10
MAXIMAL_SIZE = 300
ORDERABLE = ("created", "modified", "name", "state", "username")


def one_of(kind: type[StrEnum], value: Callable[[T], StrEnum]) -> Filter[T]:
    """Filter by one or several labels; the parameter is repeated."""

    def read(values: Sequence[str]) -> Test[T]:
        wrong = next((v for v in values if v not in set(kind)), None)
        if wrong is not None:
            raise ValueError(f"Select a valid choice. {wrong} is not one of the available choices.")
        return lambda row: value(row) in values

    return read


def uuid(value: Callable[[T], str]) -> Filter[T]:
    """Filter by one or several uuids; the parameter is repeated, or its values joined by commas."""

    def read(values: Sequence[str]) -> Test[T]:
        wanted = {hex_of(part) for item in values for part in item.split(",")}
        if None in wanted:
            raise ValueError("Enter a valid UUID.")
        return lambda row: value(row) in wanted

    return read


def flag(value: Callable[[T], bool]) -> Filter[T]:
    """Filter by yes or no; anything else does not filter, as in Mastermind."""

    def read(values: Sequence[str]) -> Test[T]:
        wanted = {"true": True, "false": False}.get(values[-1].lower())
        return lambda row: wanted is None or value(row) is wanted

    return read


def exact(value: Callable[[T], str]) -> Filter[T]:
    """Filter by a text."""
    return lambda values: lambda row: value(row) == values[-1]


def contains(*found_in: Callable[[T], str]) -> Filter[T]:
    """Filter by a part of one of several texts, without regard to case."""
    return lambda values: lambda row: any(values[-1].lower() in f(row).lower() for f in found_in)


def day(value: Callable[[T], date]) -> Filter[T]:
    """Filter by a date."""

    def read(values: Sequence[str]) -> Test[T]:
        try:
            wanted = date.fromisoformat(values[-1])
        except ValueError:
            raise ValueError("Enter a valid date.") from None
        return lambda row: value(row) == wanted

    return read


def since(value: Callable[[T], datetime]) -> Filter[T]:
    """Filter by a moment or later."""
    return lambda values: _with_moment(values, lambda row, limit: value(row) >= limit)


def until(value: Callable[[T], datetime]) -> Filter[T]:
    """Filter by a moment or earlier."""
    return lambda values: _with_moment(values, lambda row, limit: value(row) <= limit)


def _with_moment(values: Sequence[str], test: Callable[[T, datetime], bool]) -> Test[T]:
    try:
        limit = datetime.fromisoformat(values[-1].replace(" ", "+"))
    except ValueError:
        raise ValueError("Enter a valid date/time.") from None
    aware = limit if limit.tzinfo else limit.replace(tzinfo=UTC)
    return lambda row: test(row, aware)


def answer(
    request: Request,
    rows: Iterable[T],
    render: Callable[[T], Object],
    *,
    filters: Mapping[str, Filter[T]] | None = None,
    selects_fields: bool = True,
) -> Answer:
    """Answer one page of the rows that pass the filters, with Mastermind's headers.

    The rows are not gone through where the page follows one that was just answered.
    """
    _note_unknown(request, {*(filters or {}), "page", "page_size", "o", "field"})
    chosen = _chosen(request, rows, filters or {})
    page, size = _page(request), _size(request)
    last = max(1, -(-len(chosen) // size))
    if not 1 <= page <= last:
        raise Refusal(404, {"detail": "Invalid page."})
    shown = [render(row) for row in chosen[(page - 1) * size : page * size]]
    body = [select(request, item) for item in shown] if selects_fields else shown
    headers = {"x-result-count": str(len(chosen)), "link": _links(request, page, last)}
    return json_answer(200, body, headers)


def _chosen(request: Request, rows: Iterable[T], filters: Mapping[str, Filter[T]]) -> list[T]:
    listing = (request.user.uuid, request.incoming.path, _without_page(request))
    listed = request.store.listed
    known: list[T] | None = listed.rows(listing) if _page(request) > 1 else None
    if known is not None:
        return known
    chosen = _ordered(request, _filtered(request, rows, filters))
    listed.keep(listing, chosen)
    return chosen


def _without_page(request: Request) -> tuple[tuple[str, str], ...]:
    query = request.query
    return tuple((k, v) for k in sorted(query.keys() - {"page"}) for v in query[k])


def rows_only(request: Request, rows: Iterable[T], render: Callable[[T], Object]) -> Answer:
    """Answer a listing that has neither pages nor filters of its own."""
    return json_answer(200, [select(request, render(row)) for row in rows])


def select(request: Request, item: Object) -> Object:
    """Return the fields that were asked for; unknown names are ignored."""
    wanted = request.query.get("field")
    return item if wanted is None else {k: v for k, v in item.items() if k in wanted}


def _note_unknown(request: Request, known: set[str]) -> None:
    for name in request.query.keys() - known:
        request.note("unknown filter", name)


def _filtered(request: Request, rows: Iterable[T], filters: Mapping[str, Filter[T]]) -> list[T]:
    tests: list[Test[T]] = []
    for name, values in request.query.items():
        if name in filters and values != [""]:
            try:
                tests.append(filters[name](values))
            except ValueError as error:
                raise Invalid({name: [str(error)]}) from error
    return [row for row in rows if all(test(row) for test in tests)]


def _ordered(request: Request, rows: list[T]) -> list[T]:
    wish = request.query.get("o", [""])[-1]
    name = wish.removeprefix("-")
    if name not in ORDERABLE or not all(hasattr(row, name) for row in rows):
        return rows
    return sorted(rows, key=lambda row: getattr(row, name), reverse=wish.startswith("-"))


def _page(request: Request) -> int:
    text = request.query.get("page", ["1"])[-1]
    return int(text) if text.isdecimal() else 0


def _size(request: Request) -> int:
    text = request.query.get("page_size", [""])[-1]
    wanted = int(text) if text.isdecimal() else 0
    return min(wanted, MAXIMAL_SIZE) or DEFAULT_SIZE


def _links(request: Request, page: int, last: int) -> str:
    targets = {"first": 1, "prev": page - 1, "next": page + 1, "last": last}
    return ", ".join(
        f'<{_address(request, number)}>; rel="{relation}"'
        for relation, number in targets.items()
        if 1 <= number <= last
    )


def _address(request: Request, page: int) -> str:
    query = {**request.query, "page": [str(page)]}
    return f"{request.incoming.root}{request.incoming.path}?{urlencode(query, doseq=True)}"
