"""Frames over a WebSocket, with heart-beats both ways."""

from __future__ import annotations

import math
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from waldur_site_agent.events.errors import LostError
from waldur_site_agent.events.frames import HEART_BEAT, Decoder, Frame, FrameError, encode

if TYPE_CHECKING:
    from collections.abc import Callable

FOREVER = math.inf
LONGEST_WAIT = 60.0
"""Seconds of one wait; then the clock is looked at again."""
SILENCE = 2.5
"""So many of the broker's heart-beats without a byte mean that the connection is gone."""
EARLY = 0.5
"""A heart-beat is sent when nothing else was for this part of the time that we promised."""


class Socket(Protocol):
    """What carries the bytes. Raises ``LostError`` when it cannot."""

    def send(self, data: bytes) -> None:
        """Send a message."""

    def receive(self, *, seconds: float) -> bytes | None:
        """Wait for a message; None when none came in time."""

    def give_up_after(self, seconds: float) -> None:
        """Bound how long a send may wait."""

    def close(self) -> None:
        """End in order."""

    def abort(self) -> None:
        """End at once."""


@dataclass(frozen=True)
class Beats:
    """How often something is sent, and has to come; in seconds, zero for never."""

    sending: float = 0.0
    coming: float = 0.0


def agreed(*, ours: float, theirs: str) -> Beats:
    """Tell what ``CONNECTED`` means for both sides, after STOMP 1.2.

    Args:
        ours: what we offered and asked for, in seconds.
        theirs: their ``heart-beat`` header, in milliseconds: what they send, what they want.

    Raises:
        LostError: the header cannot be read.
    """
    try:
        can, wants = (float(part) / 1000 for part in (theirs or "0,0").split(","))
    except ValueError:
        raise LostError("the broker's heart-beats cannot be read") from None
    return Beats(
        sending=max(ours, wants) if ours and wants else 0.0,
        coming=max(ours, can) if ours and can else 0.0,
    )


class Channel:
    """Frames in, frames out. One thread receives; any thread sends."""

    def __init__(self, socket: Socket, *, clock: Callable[[], float]) -> None:
        """Speak over an open socket; heart-beats begin with ``beat``."""
        self._socket = socket
        self._clock = clock
        self._sending = threading.Lock()
        self._decoder = Decoder()
        self._frames: deque[Frame] = deque()
        self._beats = Beats()
        self._last_sent = self.last_received = clock()

    def beat(self, beats: Beats) -> None:
        """Begin heart-beats."""
        self._beats = beats
        if beats.coming:
            self._socket.give_up_after(SILENCE * beats.coming)

    def send(self, frame: Frame) -> None:
        """Send a frame.

        Raises:
            LostError: the connection is gone.
            FrameError: a header cannot be written.
        """
        self._send(encode(frame))

    def receive(self, *, within: float = FOREVER) -> Frame:
        """Wait for a frame, and keep the heart beating meanwhile.

        Raises:
            LostError: the connection is gone, or silent for too long.
        """
        deadline = self._clock() + within
        while not self._frames:
            self._beat_if_due()
            self._listen(deadline)
        return self._frames.popleft()

    def close(self) -> None:
        """End in order."""
        self._socket.close()

    def abort(self) -> None:
        """End at once."""
        self._socket.abort()

    def _listen(self, deadline: float) -> None:
        until = min(deadline, self._next_beat(), self._silent_at())
        seconds = min(max(until - self._clock(), 0.0), LONGEST_WAIT)
        data = self._socket.receive(seconds=seconds)
        if data is not None:
            self.last_received = self._clock()
            self._take_in(data)
        elif self._clock() >= self._silent_at():
            raise LostError(f"no heart-beat for {SILENCE * self._beats.coming:g} seconds")
        elif self._clock() >= deadline:
            raise LostError("the broker did not answer in time")

    def _take_in(self, data: bytes) -> None:
        try:
            self._frames.extend(self._decoder.feed(data))
        except FrameError as error:
            raise LostError(f"the broker does not speak STOMP: {error}") from None

    def _send(self, data: bytes) -> None:
        with self._sending:
            self._socket.send(data)
            self._last_sent = self._clock()

    def _beat_if_due(self) -> None:
        if self._clock() >= self._next_beat():
            self._send(HEART_BEAT)

    def _next_beat(self) -> float:
        wait = EARLY * self._beats.sending if self._beats.sending else FOREVER
        return self._last_sent + wait

    def _silent_at(self) -> float:
        wait = SILENCE * self._beats.coming if self._beats.coming else FOREVER
        return self.last_received + wait
