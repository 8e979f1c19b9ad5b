from __future__ import annotations

import os
import signal

import pytest

from waldur_site_agent.runtime.polling import poll
from waldur_site_agent.runtime.stop import SIGNALS, Stop
from waldur_site_agent.sites.stopping import StoppedError


class PatientStop(Stop):
    """A stop that passes time instead of waiting."""

    def __init__(self, *, passes: int) -> None:
        super().__init__()
        self.now = 0.0
        self.waits: list[float] = []
        self.left = passes

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self.now += seconds
        return self.requested


def test_passes_are_a_period_apart_and_the_heart_beats_every_minute() -> None:
    stop = PatientStop(passes=3)
    began: list[float] = []
    beats: list[float] = []

    def work() -> None:
        began.append(stop.now)
        stop.now += 10
        if len(began) == 3:
            stop.request()

    poll(
        work,
        period_seconds=150,
        stop=stop,
        tick=lambda: beats.append(stop.now) or 60.0,
        clock=lambda: stop.now,
    )
    assert began == [0, 160, 320]
    assert max(stop.waits) <= 60
    assert beats == [10, 70, 130, 170, 230, 290]


def test_a_signal_asks_for_the_end_and_the_next_step_is_not_begun() -> None:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    stop = Stop()
    try:
        stop.listen()
        stop.check()
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.requested
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        with pytest.raises(StoppedError):
            stop.check()
    finally:
        signal.set_wakeup_fd(-1)
        for number, handler in before.items():
            signal.signal(number, handler)
