"""What an offering's buffer keeps, against a simple model."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from waldur_site_agent.runtime.log_buffer import OVERHEAD_BYTES, LogBuffer
from waldur_site_agent.waldur.logs import LogLine

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ROOM = 5 * (OVERHEAD_BYTES + 2)
"""For five lines of two bytes."""


def line(number: int) -> LogLine:
    return LogLine(timestamp=NOW, level="INFO", message=f"{number:02}", module="")


def numbers(buffer: LogBuffer, many: int = 100) -> list[int]:
    return [int(one.message) for one in buffer.oldest(many).lines]


@given(st.lists(st.sampled_from(["add", "look", "remove"]), max_size=60))
def test_it_keeps_the_newest_and_counts_the_rest(doings: list[str]) -> None:
    buffer, model, dropped, number = LogBuffer(most_bytes=ROOM), [], 0, 0
    batch = buffer.oldest(2)
    for doing in doings:
        match doing:
            case "add":
                buffer.add(line(number % 100))
                model.append(number)
                number += 1
                dropped += len(model) > 5
                model = model[-5:]
            case "look":
                batch = buffer.oldest(2)
                looked_at = model[:2]
                assert [one % 100 for one in looked_at] == [int(o.message) for o in batch.lines]
            case "remove":
                buffer.remove(batch)
                last = batch.end - 1
                model = [one for one in model if one > last]
        assert numbers(buffer) == [one % 100 for one in model]
    assert buffer.take_dropped() == dropped
    assert buffer.take_dropped() == 0


def test_what_came_while_a_batch_was_sent_stays() -> None:
    buffer = LogBuffer(most_bytes=ROOM)
    buffer.add(line(1))
    batch = buffer.oldest(100)
    buffer.add(line(2))
    buffer.remove(batch)

    assert numbers(buffer) == [2]


def test_a_line_that_is_larger_than_the_room_leaves_nothing() -> None:
    buffer = LogBuffer(most_bytes=ROOM)
    buffer.add(line(1))
    buffer.add(LogLine(timestamp=NOW, level="INFO", message="x" * ROOM, module=""))

    assert len(buffer) == 0
    assert buffer.take_dropped() == 2


def test_a_closed_one_keeps_nothing() -> None:
    buffer = LogBuffer(most_bytes=ROOM)
    buffer.add(line(1))
    buffer.close()
    buffer.add(line(2))

    assert len(buffer) == 0
