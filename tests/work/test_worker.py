"""Threads on the queue: they wait without turning, survive defects, and end when told."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from waldur_site_agent.work.acks import SharedAck
from waldur_site_agent.work.entries import Addition
from waldur_site_agent.work.progress import Progress
from waldur_site_agent.work.queue import WorkQueue
from waldur_site_agent.work.settlements import Done
from waldur_site_agent.work.worker import Worker

SECONDS = 30.0


def test_many_threads_add_and_several_work_and_no_key_is_worked_on_twice_at_a_time() -> None:
    queue: WorkQueue[int] = WorkQueue()
    in_hand: Counter[int] = Counter()
    overlaps, acked, all_acked = [], [], threading.Event()
    lock = threading.Lock()

    def look(entry: object) -> Done:
        with lock:
            in_hand[entry.key] += 1
            overlaps.append(in_hand[entry.key] > 1)
        with lock:
            in_hand[entry.key] -= 1
        return Done()

    def ack() -> None:
        with lock:
            acked.append(1)
            if len(acked) == 4 * 2_500:
                all_acked.set()

    def storm() -> None:
        for number in range(2_500):
            queue.add(Addition(key=number % 50, ack=ack))

    workers = [Worker(queue, look, name=f"w{number}", progress=Progress()) for number in range(3)]
    senders = [threading.Thread(target=storm) for _ in range(4)]
    for thread in (*senders, *workers):
        thread.start()

    assert all_acked.wait(SECONDS)
    queue.close()
    assert all(worker.join(SECONDS) for worker in workers)
    assert not any(overlaps)
    assert len(overlaps) < 4 * 2_500


@pytest.mark.parametrize("defect", [RuntimeError("a defect"), SystemExit(0)])
def test_a_key_that_becomes_due_later_is_looked_at_without_anybody_calling(
    defect: BaseException,
) -> None:
    queue: WorkQueue[str] = WorkQueue(chance=lambda: 0.0)
    looks, twice = [], threading.Event()

    def look(entry: object) -> Done:
        looks.append(entry.key)
        if len(looks) == 1:
            raise defect
        twice.set()
        return Done()

    worker = Worker(queue, look, name="w", progress=Progress())
    worker.start()
    queue.add(Addition(key="a"))

    assert twice.wait(SECONDS)
    assert worker.is_alive
    queue.close()
    assert worker.join(SECONDS)


def test_the_end_does_not_wait_for_what_is_not_in_hand() -> None:
    queue: WorkQueue[str] = WorkQueue()
    began, may_end, looked = threading.Event(), threading.Event(), []

    def look(entry: object) -> Done:
        began.set()
        may_end.wait(SECONDS)
        looked.append(entry.key)
        return Done()

    worker = Worker(queue, look, name="w", progress=Progress())
    queue.add(Addition(key="in hand"))
    queue.add(Addition(key="waiting"))
    worker.start()
    began.wait(SECONDS)
    queue.close()

    assert not worker.join(0.0)
    may_end.set()
    assert worker.join(SECONDS)
    assert looked == ["in hand"]


def test_only_work_that_does_not_get_on_is_stuck() -> None:
    now = [0.0]
    queue: WorkQueue[str] = WorkQueue(clock=lambda: now[0])
    seen = []

    def look(entry: object) -> Done:
        del entry
        now[0] = 100.0
        seen.append(progress.stuck_seconds)
        progress.made()
        seen.append(progress.stuck_seconds)
        return Done()

    progress = Progress(clock=lambda: now[0])
    worker = Worker(queue, look, name="w", progress=progress)
    queue.add(Addition(key="a"))
    worker.work_off()

    assert seen == [100.0, 0.0]
    now[0] = 1000.0
    assert progress.stuck_seconds == 0.0


def test_a_message_about_several_keys_is_acknowledged_once_all_were_looked_at() -> None:
    acked = []
    ack = SharedAck(lambda: acked.append(1), keys=2)
    ack()
    assert acked == []
    ack()
    assert acked == [1]
