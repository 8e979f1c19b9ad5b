"""Listings are complete, or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from waldur_site_agent.waldur.answers import Answer
from waldur_site_agent.waldur.call import Call
from waldur_site_agent.waldur.errors import ContractError, RefusedError, TransientError
from waldur_site_agent.waldur.paging import PAGE_SIZE, list_all
from waldur_site_agent.waldur.wire import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.waldur.gateway import Waldur

OFFERING = "e2ef0000000000000000000000000b01"
ORDERS = "/api/marketplace-orders/"
RESOURCES = "/api/marketplace-provider-resources/"


def row(number: int, **more: object) -> dict[str, object]:
    return {"uuid": f"{number:032x}", "offering_uuid": OFFERING, "state": "OK"} | more


def numbers(waldur: Waldur) -> list[int]:
    return [resource.uuid.int for resource in waldur.resources.list(OFFERING, states=["OK"])]


def test_links_are_followed_to_the_end(mastermind: Any, waldur: Waldur) -> None:
    following = f"{mastermind.api_url}marketplace-provider-resources/?page=2&page_size=300"
    mastermind.on(
        "GET",
        RESOURCES,
        mastermind.page([row(1), row(2)], count=3, following=following),
        mastermind.page([row(3)], count=3),
    )
    assert numbers(waldur) == [1, 2, 3]
    first, second = mastermind.asked
    assert first.values("page_size") == [str(PAGE_SIZE)]
    assert second.query == [("page", "2"), ("page_size", "300")]


def test_a_link_to_another_host_gets_neither_the_token_nor_a_request(
    mastermind: Any, start_server: Callable[[], Any], waldur: Waldur
) -> None:
    foreign = start_server()
    following = f"{foreign.url}/steal/?page=2&state=OK"
    mastermind.on(
        "GET",
        RESOURCES,
        mastermind.page([row(1)], count=2, following=following),
        mastermind.page([row(2)], count=2),
    )
    assert numbers(waldur) == [1, 2]
    assert foreign.asked == []
    assert (mastermind.asked[1].path, mastermind.asked[1].values("page")) == (RESOURCES, ["2"])


def test_rows_that_shift_between_pages_are_read_again(mastermind: Any, waldur: Waldur) -> None:
    mastermind.on(
        "GET",
        RESOURCES,
        mastermind.page([row(1), row(2)], count=3, following="http://x/?page=2"),
        mastermind.page([row(2)], count=3),  # 2 moved down, 3 was not seen
        mastermind.page([row(1), row(2)], count=3, following="http://x/?page=2"),
        mastermind.page([row(3)], count=3),
    )
    assert numbers(waldur) == [1, 2, 3]


def test_rows_removed_while_reading_are_noticed(mastermind: Any, waldur: Waldur) -> None:
    mastermind.on(
        "GET",
        RESOURCES,
        mastermind.page([row(1), row(2)], count=4, following="http://x/?page=2"),
        mastermind.page([row(4)], count=3),  # 1 was removed, 3 moved to the page read before
        mastermind.page([row(2), row(3)], count=3, following="http://x/?page=2"),
        mastermind.page([row(4)], count=3),
    )
    assert numbers(waldur) == [2, 3, 4]


def test_a_page_that_is_gone_is_read_again(mastermind: Any, waldur: Waldur) -> None:
    mastermind.on(
        "GET",
        RESOURCES,
        mastermind.page([row(1)], count=2, following="http://x/?page=2"),
        mastermind.reply({"detail": "Invalid page."}, status=404),
        mastermind.page([row(1)], count=1),
    )
    assert numbers(waldur) == [1]


def test_a_listing_that_stays_short_is_no_listing(mastermind: Any, waldur: Waldur) -> None:
    mastermind.on("GET", RESOURCES, mastermind.page([row(1)], count=2))
    with pytest.raises(TransientError, match="the listing is incomplete: 1 rows of 2"):
        numbers(waldur)
    assert len(mastermind.asked) == 2


def test_what_the_server_counts_twice_itself_is_complete(mastermind: Any, waldur: Waldur) -> None:
    mastermind.on("GET", RESOURCES, mastermind.page([row(1), row(1), row(2)], count=3))
    assert numbers(waldur) == [1, 2]


def test_a_server_that_does_not_count_is_believed(mastermind: Any, waldur: Waldur) -> None:
    mastermind.on("GET", RESOURCES, mastermind.reply([row(1)]))
    assert numbers(waldur) == [1]


def test_an_empty_listing_is_a_listing(mastermind: Any, waldur: Waldur) -> None:
    mastermind.on("GET", RESOURCES, mastermind.page([], count=0))
    assert numbers(waldur) == []


@pytest.mark.parametrize("body", [{"results": []}, "text", None, [1], [None], [[]]])
def test_what_is_no_list_of_objects_breaks_the_contract(
    mastermind: Any, waldur: Waldur, body: object
) -> None:
    mastermind.on("GET", RESOURCES, mastermind.reply(body))
    with pytest.raises(ContractError, match=r"expected a list|found"):
        numbers(waldur)


@pytest.mark.parametrize("following", ["http://x/?page=2", "http://x/"])
def test_links_in_a_circle_end(mastermind: Any, waldur: Waldur, following: str) -> None:
    mastermind.on("GET", RESOURCES, mastermind.page([row(1)], count=9, following=following))
    with pytest.raises(ContractError, match="leads nowhere new"):
        numbers(waldur)


def test_a_page_that_fails_fails_the_listing(mastermind: Any, waldur: Waldur) -> None:
    first = mastermind.page([row(1)], count=2, following="http://x/?page=2")
    mastermind.on("GET", RESOURCES, first, mastermind.reply(status=500))
    with pytest.raises(TransientError, match="status 500"):
        numbers(waldur)


def test_a_listing_that_is_refused_is_refused(mastermind: Any, waldur: Waldur) -> None:
    mastermind.on("GET", RESOURCES, mastermind.reply({"detail": "No."}, status=403))
    with pytest.raises(RefusedError):
        numbers(waldur)


def test_a_row_that_cannot_be_read_fails_the_listing(mastermind: Any, waldur: Waldur) -> None:
    mastermind.on("GET", RESOURCES, mastermind.page([row(1), row(2, limits=3)], count=2))
    with pytest.raises(ContractError, match="limits"):
        numbers(waldur)


def test_an_order_that_cannot_be_read_does_not_stop_the_others(
    mastermind: Any, waldur: Waldur
) -> None:
    odd, good = row(1, state="executing", limits=[]), row(2, state="executing")
    mastermind.on("GET", ORDERS, mastermind.page([odd, good], count=2))
    with structlog.testing.capture_logs() as logs:
        orders = waldur.orders.list(OFFERING, states=["executing"])
    assert [order.uuid.int for order in orders] == [2]
    (told,) = [entry for entry in logs if entry["log_level"] == "error"]
    assert told["order"] == f"{1:032x}"
    assert "limits" in told["why"]


def test_rows_that_an_old_servers_filter_let_through_are_left_out(
    mastermind: Any, waldur: Waldur
) -> None:
    foreign = row(2) | {"offering_uuid": "f" * 32}
    mastermind.on("GET", RESOURCES, mastermind.page([row(1), foreign, row(3, state="x")], count=3))
    assert numbers(waldur) == [1]


class Shelf:
    """A listing that loses rows from its front while it is read, as a transport."""

    def __init__(self, rows: int, removals: list[int]) -> None:
        self.left = list(range(rows))
        self._removals = iter(removals)

    def send(self, call: Call) -> Answer:
        page = int(dict(call.query).get("page", "1"))
        shown = self.left[(page - 1) * 3 : page * 3]
        more = len(self.left) > page * 3
        headers = {"x-result-count": str(len(self.left))}
        body = encode([{"uuid": str(number)} for number in shown])
        for _ in range(next(self._removals, 0)):
            self.left[:1] = []
        link = f"http://x/?page={page + 1}" if more else ""
        return Answer(status=200, headers=headers, body=body, next_url=link)


@given(st.integers(0, 12), st.lists(st.integers(0, 3), max_size=6))
def test_no_row_that_stayed_is_ever_missing(rows: int, removals: list[int]) -> None:
    shelf = Shelf(rows, removals)
    try:
        listed = list_all(shelf, Call.get("x.list", "x/"), lambda row: row)
    except TransientError:
        return
    found = {row["uuid"] for row in listed}
    assert len(found) == len(listed)
    assert found >= {str(number) for number in shelf.left}
