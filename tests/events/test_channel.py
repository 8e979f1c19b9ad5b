"""Heart-beats both ways, on a clock that the test turns."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from waldur_site_agent.events.channel import Beats, Channel, agreed
from waldur_site_agent.events.errors import LostError
from waldur_site_agent.events.frames import Frame, encode

MESSAGE = Frame("MESSAGE", {"ack": "1"}, b"x")


@dataclass
class Wire:
    """A socket and its clock: waiting turns the clock, up to what comes next."""

    now: float = 0.0
    coming: deque[tuple[float, bytes]] = field(default_factory=deque)
    sent: list[tuple[float, bytes]] = field(default_factory=list)
    patience: float = 0.0

    def clock(self) -> float:
        return self.now

    def send(self, data: bytes) -> None:
        self.sent.append((self.now, data))

    def receive(self, *, seconds: float) -> bytes | None:
        if self.coming and self.coming[0][0] <= self.now + seconds:
            moment, data = self.coming.popleft()
            self.now = max(self.now, moment)
            return data
        self.now += seconds
        return None

    def give_up_after(self, seconds: float) -> None:
        self.patience = seconds

    def close(self) -> None: ...

    def abort(self) -> None: ...

    def channel(self, beats: Beats) -> Channel:
        channel = Channel(self, clock=self.clock)
        channel.beat(beats)
        return channel


AGREEMENTS = [
    ("10000,10000", Beats(10, 10)),
    ("5000,20000", Beats(20, 10)),
    ("20000,5000", Beats(10, 20)),
    ("0,10000", Beats(10, 0)),
    ("10000,0", Beats(0, 10)),
    ("", Beats(0, 0)),
]


@pytest.mark.parametrize(("theirs", "beats"), AGREEMENTS)
def test_each_side_takes_the_slower_of_offer_and_wish(theirs: str, beats: Beats) -> None:
    assert agreed(ours=10.0, theirs=theirs) == beats


@pytest.mark.parametrize("theirs", ["ten,ten", "1", "1,2,3"])
def test_heart_beats_that_cannot_be_read_are_no_agreement(theirs: str) -> None:
    with pytest.raises(LostError):
        agreed(ours=10.0, theirs=theirs)


def test_while_nothing_comes_heart_beats_go_out() -> None:
    wire = Wire(coming=deque((float(at), b"\n") for at in range(5, 100, 10)))
    wire.coming.append((100.0, encode(MESSAGE)))
    assert wire.channel(Beats(10, 10)).receive().command == "MESSAGE"
    moments = [0.0, *(moment for moment, data in wire.sent if data == b"\n")]
    assert max(b - a for a, b in pairwise(moments)) < 10
    assert len(moments) > 10


def test_a_frame_that_is_sent_is_a_heart_beat() -> None:
    wire = Wire()
    channel = wire.channel(Beats(10, 0))
    wire.now = 4.0
    channel.send(Frame("ACK", {"id": "1"}))
    wire.coming.append((8.0, encode(MESSAGE)))
    channel.receive()
    assert [data for _, data in wire.sent] == [encode(Frame("ACK", {"id": "1"}))]


def test_silence_is_noticed_within_three_heart_beats() -> None:
    wire = Wire(coming=deque([(7.0, b"\n")]))
    with pytest.raises(LostError, match="no heart-beat"):
        wire.channel(Beats(10, 10)).receive()
    assert 7 + 20 < wire.now <= 7 + 30
    assert 20 < wire.patience <= 30


def test_a_reader_that_was_late_looks_at_what_came_before_it_complains() -> None:
    wire = Wire()
    channel = wire.channel(Beats(10, 10))
    wire.coming.append((1.0, encode(MESSAGE)))
    wire.now = 300.0
    assert channel.receive().command == "MESSAGE"


def test_without_agreed_heart_beats_silence_is_no_fault() -> None:
    wire = Wire(coming=deque([(100_000.0, encode(MESSAGE))]))
    assert wire.channel(Beats()).receive().command == "MESSAGE"
    assert wire.sent == []


def test_an_answer_that_does_not_come_in_time_is_a_lost_connection() -> None:
    wire = Wire()
    with pytest.raises(LostError, match="in time"):
        wire.channel(Beats()).receive(within=10)
    assert wire.now == 10


def test_bytes_that_are_no_stomp_end_the_connection() -> None:
    wire = Wire(coming=deque([(1.0, b"HTTP/1.1 200 OK\n\n\0")]))
    wire.coming.append((2.0, b"GET\nno colon here\n\n\0"))
    channel = wire.channel(Beats())
    channel.receive()
    with pytest.raises(LostError, match="STOMP"):
        channel.receive()
