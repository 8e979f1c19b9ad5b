"""What the looks of event_process leave in the figures."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.events.keys import Key, Kind
from waldur_site_agent.looks.adding import WorkKey
from waldur_site_agent.looks.outcome import Outcome
from waldur_site_agent.metrics import counting, recording
from waldur_site_agent.metrics.prometheus import Figures
from waldur_site_agent.runtime.measured_looks import MeasuredLook
from waldur_site_agent.work.entries import Entry
from waldur_site_agent.work.settlements import Again, Done, Ended, Interrupted, Later, Settlement

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def figures() -> Iterator[Figures]:
    figures = Figures()
    recording.record_to(figures)
    yield figures
    recording.record_to(None)
    counting.stop_watching("HPC")


def entry(kind: Kind, *, by_message: bool = False) -> Entry[WorkKey]:
    now = time.monotonic()
    acks = [lambda: None] if by_message else []
    return Entry(key=WorkKey(Key("", kind, "")), since=now, due=now, grace_seconds=0, acks=acks)


def look(
    kind: Kind, settlement: Settlement, *, by_message: bool = False, left: bool = False
) -> None:
    outcome = Outcome(settlement=settlement, left=left)
    measured = MeasuredLook(lambda _entry: outcome, offering="HPC", mode="event_process")
    measured(entry(kind, by_message=by_message))


@pytest.mark.parametrize(
    ("settlement", "outcome", "of_a_pass"),
    [
        (Done(), "done", "done"),
        (Again("why"), "again", "failed"),
        (Later(1, "why"), "later", "failed"),
        (Ended("why"), "ended", "failed"),
        (Interrupted(), "stopped", "stopped"),
    ],
)
def test_looks_and_those_at_everything_as_passes(
    figures: Figures, settlement: Settlement, outcome: str, of_a_pass: str
) -> None:
    look(Kind.ORDERS, settlement)
    look(Kind.ORDER, settlement)
    text = figures.text().decode()

    for kind in ("order", "orders"):
        labels = f'kind="{kind}",offering="HPC",outcome="{outcome}"'
        assert f"look_duration_seconds_count{{{labels}}} 1.0" in text
    passes = f'mode="event_process_orders",offering="HPC",outcome="{of_a_pass}"'
    assert f"pass_duration_seconds_count{{{passes}}} 1.0" in text
    assert text.count("pass_duration_seconds_count{") == 1


def test_a_pass_that_left_something_is_told_from_one_that_did_not(figures: Figures) -> None:
    look(Kind.USAGE, Done(), left=True)
    text = figures.text().decode()

    assert 'mode="event_process_usage",offering="HPC",outcome="left"' in text
    assert 'look_duration_seconds_count{kind="usage",offering="HPC",outcome="done"} 1.0' in text


def test_a_defect_is_counted_and_passed_on(figures: Figures) -> None:
    def crash(_entry: Entry[WorkKey]) -> Outcome:
        raise RuntimeError("a defect")

    with pytest.raises(RuntimeError):
        MeasuredLook(crash, offering="HPC", mode="event_process")(entry(Kind.MEMBERS))
    text = figures.text().decode()

    assert 'look_duration_seconds_count{kind="members",offering="HPC",outcome="crashed"}' in text
    assert 'mode="event_process_members",offering="HPC",outcome="crashed"' in text


@pytest.mark.parametrize(
    ("by_message", "settlement", "lags"),
    [(True, Done(), 1), (False, Done(), 0), (True, Again("why"), 0)],
)
def test_only_what_a_message_brought_about_has_a_lag(
    figures: Figures, *, by_message: bool, settlement: Settlement, lags: int
) -> None:
    look(Kind.ORDER, settlement, by_message=by_message)

    assert figures.text().decode().count("event_lag_seconds_count{") == lags
