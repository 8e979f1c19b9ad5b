"""Whoever waits is woken, whenever it rings: no ring is lost, and none wakes twice."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.runtime.bell import Bell
from waldur_site_agent.runtime.hang_up import HangUp
from waldur_site_agent.runtime.stop import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG = 600.0
"""Seconds that no test waits."""


@pytest.fixture
def bell() -> Iterator[Bell]:
    before = signal.getsignal(signal.SIGHUP)
    yield Bell()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGHUP, before)


def test_a_ring_before_the_wait_is_heard(bell: Bell) -> None:
    for _ in range(100_000):
        bell.ring()
    bell.wait(LONG)


def test_a_ring_from_another_thread_is_heard(bell: Bell) -> None:
    threading.Timer(0.01, bell.ring).start()
    bell.wait(LONG)


def test_what_was_heard_rings_no_more(bell: Bell) -> None:
    bell.ring()
    bell.ring()
    bell.wait(LONG)
    bell.wait(0.0)
    assert bell_is_silent(bell)


def bell_is_silent(bell: Bell) -> bool:
    with pytest.raises(BlockingIOError):
        os.read(bell._ear, 1)
    return True


def test_a_signal_whose_handler_has_not_run_is_heard(bell: Bell) -> None:
    hang_up = HangUp()
    hang_up.listen()
    bell.ring_on_signals()
    threading.Timer(0.01, signal.raise_signal, [signal.SIGHUP]).start()
    bell.wait(LONG)
    assert hang_up.take()
    assert not hang_up.take()


def test_a_part_that_is_asked_to_end_wakes_the_one_who_waits_for_the_whole() -> None:
    stop = Stop()
    part = stop.part()
    part.request()
    assert not stop.wait(LONG)
    assert part.requested
    stop.request()
    assert stop.wait(LONG)
    assert part.part().requested


def test_wishes_that_come_while_one_is_taken_are_not_lost() -> None:
    hang_up = HangUp()
    assert not hang_up.take()
    hang_up.wish()
    hang_up.wish()
    assert hang_up.take()
    hang_up.wish()
    assert hang_up.take()
    assert not hang_up.take()
