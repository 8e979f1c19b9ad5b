"""Whatever is added, worked on and fails: each key is with one worker, and nothing gets lost."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from waldur_site_agent.work.entries import Addition
from waldur_site_agent.work.ledger import Ledger
from waldur_site_agent.work.patience import LONGEST_SECONDS
from waldur_site_agent.work.settlements import Again, Done, Ended, Interrupted, Later

KEYS = st.sampled_from("abcde")
SETTLEMENTS = st.sampled_from(
    [Done(), Done(), Ended("no"), Again("later"), Later(300.0, "waits"), Interrupted()]
)


class Queueing(RuleBasedStateMachine):
    """The ledger beside a naive model: per key, the additions that no look has begun after."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.ledger: Ledger[str] = Ledger(chance=lambda: 0.5)
        self.in_hand: list[object] = []
        self.unseen: Counter[str] = Counter()
        self.messages = 0
        self.acked: Counter[int] = Counter()
        self.of_message: dict[int, str] = {}
        self.done_after: dict[int, bool] = {}

    @rule(key=KEYS, grace=st.sampled_from([0.0, 10.0, 300.0]), anyway=st.booleans())
    def add(self, key: str, grace: float, anyway: bool) -> None:
        number = self.messages = self.messages + 1
        self.of_message[number] = key
        self.unseen[key] += 1
        self.ledger.add(
            Addition(
                key=key,
                grace_seconds=grace,
                ack=lambda: self.acked.update([number]),
                found_anyway=anyway,
            ),
            self.now,
        )

    @rule(seconds=st.sampled_from([0.0, 0.01, 0.5, 1.0, 30.0, 300.0, 700.0]))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    @rule(calmly=st.booleans())
    def take(self, calmly: bool) -> None:
        entry = self.ledger.take(self.now, calmly=calmly)
        if entry is not None:
            assert entry.key not in [other.key for other in self.in_hand]
            self.in_hand.append(entry)
            self.unseen[entry.key] = 0

    @precondition(lambda self: self.in_hand)
    @rule(settlement=SETTLEMENTS, which=st.integers(0, 4))
    def settle(self, settlement: object, which: int) -> None:
        entry = self.in_hand.pop(which % len(self.in_hand))
        for ack in self.ledger.settle(entry, settlement, self.now):
            ack()
        if not isinstance(settlement, Done | Ended):
            self.unseen[entry.key] += 1

    @invariant()
    def what_was_added_waits_or_is_seen(self) -> None:
        unseen = {key for key, count in self.unseen.items() if count}
        assert len(self.ledger) == len(unseen)

    @invariant()
    def nothing_is_acknowledged_twice(self) -> None:
        assert all(count == 1 for count in self.acked.values())

    def teardown(self) -> None:
        """Once all goes well, everything is looked at and acknowledged, in bounded time."""
        while self.in_hand or len(self.ledger):
            for entry in self.in_hand:
                for ack in self.ledger.settle(entry, Done(), self.now):
                    ack()
            self.in_hand.clear()
            due = self.ledger.next_due()
            if due is None:
                break
            assert due <= self.now + LONGEST_SECONDS
            self.now = max(self.now, due)
            entry = self.ledger.take(self.now)
            assert entry is not None
            self.in_hand.append(entry)
        assert len(self.ledger) == 0
        assert set(self.acked) == set(self.of_message)


TestQueueing = Queueing.TestCase


def delays(settlement: object, count: int) -> list[float]:
    """How long a key waits after each of several looks with the same outcome."""
    ledger: Ledger[str] = Ledger(chance=lambda: 0.0)
    ledger.add(Addition(key="a"), 0.0)
    now, waits = 0.0, []
    for _ in range(count):
        entry = ledger.take(now)
        assert entry is not None
        ledger.settle(entry, settlement, now)
        due = ledger.next_due()
        assert due is not None
        waits.append(due - now)
        now = due
    return waits


def test_failures_come_back_ever_later_up_to_five_minutes() -> None:
    assert delays(Again("no"), 11) == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_what_costs_much_comes_back_no_sooner_than_said() -> None:
    assert delays(Again("no", 60.0), 8) == [60, 60, 60, 60, 60, 60, 64, 128]


def test_what_waits_for_something_comes_back_at_its_own_pace() -> None:
    assert delays(Later(300.0, "a decision"), 3) == [300, 300, 300]


def test_what_was_interrupted_is_due_at_once() -> None:
    assert delays(Interrupted(), 2) == [0, 0]


def test_jitter_only_shortens() -> None:
    ledger: Ledger[str] = Ledger(chance=lambda: 0.999)
    ledger.add(Addition(key="a"), 0.0)
    entry = ledger.take(0.0)
    assert entry is not None
    ledger.settle(entry, Again("no"), 0.0)
    due = ledger.next_due()
    assert due is not None
    assert 0.75 <= due < 1.0


def order_taken(additions: list[tuple[str, float, float]]) -> list[str]:
    """Keys in the order in which they are handed out; each was added at a moment."""
    ledger: Ledger[str] = Ledger(chance=lambda: 0.0)
    now = 0.0
    for key, grace, at in additions:
        now = at
        ledger.add(Addition(key=key, grace_seconds=grace), at)
    taken = []
    while (entry := ledger.take(now)) is not None:
        taken.append(entry.key)
        ledger.settle(entry, Done(), now)
    return taken


def test_the_urgent_goes_first() -> None:
    assert order_taken([("bulk", 300.0, 0.0), ("order", 0.0, 100.0)]) == ["order", "bulk"]


def test_bulk_does_not_wait_for_ever() -> None:
    assert order_taken([("bulk", 300.0, 0.0), ("order", 0.0, 301.0)]) == ["bulk", "order"]


def test_a_key_becomes_as_urgent_as_its_most_urgent_message() -> None:
    additions = [("a", 300.0, 0.0), ("b", 10.0, 0.0), ("a", 0.0, 1.0)]
    assert order_taken(additions) == ["a", "b"]


class Book:
    """One key, its acknowledgements, and a clock moved by hand."""

    def __init__(self) -> None:
        self.ledger: Ledger[str] = Ledger(chance=lambda: 0.0)
        self.now = 0.0
        self.acked: list[str] = []

    def add(self, name: str = "m", **more: object) -> None:
        addition = Addition(key="a", ack=lambda: self.acked.append(name), **more)
        self.ledger.add(addition, self.now)

    def look(self, settlement: object, *, after: float = 0.0, meanwhile: str = "") -> object:
        """Take the key, which has to be due, and settle it."""
        self.now += after
        entry = self.ledger.take(self.now)
        assert entry is not None, "the key is not due"
        if meanwhile:
            self.add(meanwhile)
        for ack in self.ledger.settle(entry, settlement, self.now):
            ack()
        return entry


def test_ten_thousand_duplicates_are_one_look_and_all_are_acknowledged() -> None:
    book = Book()
    for number in range(10_000):
        book.add(str(number))

    book.look(Done())

    assert book.ledger.take(book.now) is None
    assert len(book.acked) == 10_000


def pour(book: Book, *, seconds: float, grace: float) -> float:
    """Let messages come every hundredth of a second until a worker gets the key; when it does."""
    book.add(grace_seconds=grace)
    while book.now < seconds:
        book.now += 0.01
        book.add(grace_seconds=grace)
        if book.ledger.take(book.now, calmly=True) is not None:
            break
    return book.now


def test_a_single_message_is_looked_at_without_delay() -> None:
    book = Book()
    book.add(grace_seconds=10.0)
    assert book.ledger.take(book.now, calmly=True) is not None


def test_a_worker_waits_until_messages_have_stopped() -> None:
    book = Book()
    book.add(grace_seconds=10.0)
    book.now = 0.01
    book.add(grace_seconds=10.0)
    assert book.ledger.take(book.now, calmly=True) is None
    calm = book.ledger.next_due()
    assert calm == pytest.approx(0.21)
    assert book.ledger.take(calm, calmly=True) is not None


@pytest.mark.parametrize(("grace", "seconds"), [(10.0, 5.0), (0.0, 1.0)])
def test_but_not_for_ever_and_less_where_somebody_waits(grace: float, seconds: float) -> None:
    assert pour(Book(), seconds=20.0, grace=grace) == pytest.approx(seconds, abs=0.02)


def test_what_comes_while_a_key_is_worked_on_is_looked_at_once_more() -> None:
    book = Book()
    book.add("first")

    book.look(Done(), meanwhile="second")
    assert book.acked == ["first"]

    book.look(Done())
    assert book.acked == ["first", "second"]


def test_a_failure_that_reconciliation_would_find_needs_its_message_no_more() -> None:
    book = Book()
    book.add()
    book.look(Again("down"))
    assert book.acked == ["m"]


def test_a_message_that_says_what_nobody_else_says_is_kept_while_it_fails() -> None:
    book = Book()
    book.add(found_anyway=False)
    book.look(Again("down"))
    assert book.acked == []
    book.look(Done(), after=1.0)
    assert book.acked == ["m"]


def test_but_not_for_ever_as_kept_messages_keep_out_others() -> None:
    book = Book()
    book.add(found_anyway=False)
    book.look(Again("down"))
    book.look(Again("down"), after=601.0)
    assert book.acked == ["m"]
    assert len(book.ledger) == 1


def test_what_was_interrupted_is_not_acknowledged() -> None:
    book = Book()
    book.add()
    book.look(Interrupted())
    assert book.acked == []


def test_news_wake_what_waits_at_its_own_pace() -> None:
    book = Book()
    book.add()
    book.look(Later(300.0, "a decision"))
    assert book.ledger.take(1.0) is None

    book.now = 2.0
    book.add()

    book.look(Done())


def test_news_do_not_undo_the_delay_of_a_failure() -> None:
    book = Book()
    book.add()
    book.look(Again("down"))
    book.add()
    assert book.ledger.take(0.5) is None


def test_the_latest_payload_counts() -> None:
    book = Book()
    book.add(payload={"n": 1})
    book.add(payload={"n": 2})
    book.add()
    assert book.look(Done()).payload == {"n": 2}
