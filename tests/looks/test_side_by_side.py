"""Offerings with threads of their own: none waits for another, and all end in order."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from waldur_site_agent.runtime.liveness import Patience
from waldur_site_agent.runtime.queue_agent import QueueAgent
from waldur_site_agent.runtime.succession import Succession
from waldur_site_agent_testkit.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable


def running(setting: object) -> object:
    """Start an offering's threads; answers with it."""
    setting.agent.start()
    return setting.agent


def finished(offering: object) -> bool:
    offering.begin_to_stop()
    return offering.finish_work(seconds=20.0) and offering.leave(seconds=5.0)


def test_a_slow_offering_does_not_delay_another(make: Callable[..., object]) -> None:
    slow, quick = make(), make()
    for setting in (slow, quick):
        setting.join("ada")
        setting.run()
    hangs = threading.Event()
    slow.system.trouble("create*", hangs)
    both = [running(slow), running(quick)]

    slow_order, quick_order = slow.order(), quick.order()
    for setting in (slow, quick):
        setting.ear.hand_over()

    wait_until("the quick one is done", lambda: quick_order.state == "done")
    assert slow_order.state == "executing"
    hangs.set()
    wait_until("the slow one too", lambda: slow_order.state == "done")
    assert all(finished(one) for one in both)


def test_the_end_finishes_the_step_in_hand_and_begins_no_other(setting: object) -> None:
    hangs = threading.Event()
    setting.system.trouble("create*", hangs)
    offering = running(setting)
    order = setting.order()
    waits = setting.order("Waits")
    setting.ear.hand_over()
    wait_until("a step is in hand", lambda: setting.system.calls["create"] > 0)

    setting.stopping.request()
    offering.begin_to_stop()
    hangs.set()

    assert offering.finish_work(seconds=20.0)
    assert offering.leave(seconds=5.0)
    assert order.resource.backend_id in setting.system.accounts
    assert order.state == "executing"
    assert waits.state == "pending-provider"
    assert len(setting.post.out) == 2, "what was not finished is not acknowledged"


def test_what_was_left_at_the_end_is_done_after_the_next_start(setting: object) -> None:
    order = setting.order()
    offering = running(setting)
    setting.stopping.request()
    setting.ear.hand_over()
    assert finished(offering)
    assert order.state == "pending-provider"

    setting.stopping = type(setting.stopping)()
    setting.die()
    setting.run()

    assert order.state == "done"
    assert setting.post.is_empty


def test_a_worker_that_hangs_shows_in_the_heartbeat(setting: object) -> None:
    hangs = threading.Event()
    setting.system.trouble("create*", hangs)
    offering = setting.agent
    beats: list[int] = []
    agent = QueueAgent(
        offerings=Succession([offering]),
        stop=setting.stopping,
        patience=Patience(line_down=900.0, worker_stuck=1800.0),
        beat=lambda: beats.append(1),
        clock=lambda: setting.now,
    )

    agent.tick()
    assert len(beats) == 1
    setting.order()
    setting.ear.hand_over()
    wait_until("a step is in hand", lambda: setting.system.calls["create"] > 0)
    setting.now += 1801.0
    agent.tick()
    assert len(beats) == 1

    hangs.set()
    wait_until("it gets on", lambda: not offering.condition().workers[0].stuck_seconds)
    agent.tick()
    assert len(beats) == 2
    assert finished(offering)
