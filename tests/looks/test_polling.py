"""An offering without events, or with some: clocks add the keys that no message does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.events.health import Health
from waldur_site_agent.metrics import counting, recording
from waldur_site_agent.metrics.prometheus import Figures
from waldur_site_agent.runtime.tasks import all_tasks
from waldur_site_agent_testkit.mastermind.faults import Status
from waldur_site_agent_testkit.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ORDERS, MEMBERS, USAGE = 300.0, 300.0, 1800.0
"""Seconds; see PERIODS."""
WHAT = ("number", "share")


@pytest.fixture
def polled(make: Callable[..., object]) -> object:
    """All is quiet: the agent has started and looked at everything, reporting included."""
    made = make()
    made.tasks_of = all_tasks
    made.settings = {"stomp_enabled": False, "reporting_backend": "memory"}
    made.join("ada")
    pass_time(made, 0.0)
    made.world.calls.clear()
    return made


def pass_time(setting: object, seconds: float) -> None:
    setting.now += seconds
    setting.agent.tick(setting.now)
    setting.agent.work_off()


def test_nobody_is_asked_for_messages(polled: object) -> None:
    assert polled.ear is None


def test_an_order_is_found_a_period_later(polled: object) -> None:
    order = polled.order()
    pass_time(polled, ORDERS - 1.0)
    assert order.state == "pending-provider"
    pass_time(polled, 1.0)
    assert order.state == "done"


def test_members_are_compared_a_period_later(polled: object) -> None:
    polled.resource("hpc_a", users=("tony",))
    pass_time(polled, MEMBERS)
    assert polled.on("hpc_a") == {"ada"}


def test_usage_has_a_period_of_its_own(polled: object) -> None:
    polled.resource("hpc_a")
    pass_time(polled, MEMBERS)
    assert polled.asked("component-usages") == []
    pass_time(polled, USAGE)
    assert polled.asked("component-usages")


def test_the_late_members_of_an_order_are_looked_after_at_once(polled: object) -> None:
    polled.join("grace", named=False)
    order = polled.order()
    pass_time(polled, ORDERS)
    assert order.state == "done"
    polled.world.set_username(polled.person("grace"), polled.offering, "grace")
    pass_time(polled, MEMBERS)
    assert polled.on(order.resource.backend_id) == {"ada", "grace"}


@pytest.mark.parametrize("brake", [0, 1])
def test_a_single_pass_tells_whether_anything_was_held_back(
    make: Callable[..., object], brake: int
) -> None:
    setting = make()
    setting.tasks_of = all_tasks
    limits = {f"{whose}_{what}": brake for whose in ("resource", "offering") for what in WHAT}
    setting.settings = {"removal_limits": limits}
    setting.join("ada")
    setting.resource("hpc_a", users=("tony",))
    assert setting.agent.once() is bool(brake)


def test_a_single_pass_tells_of_an_order_that_erred(setting: object) -> None:
    setting.system.trouble("create*", BackendError("no such partition"))
    order = setting.order()
    assert not setting.agent.once()
    assert order.state == "erred"


def test_usage_that_fails_keeps_no_order_waiting_and_comes_back_a_period_later(
    polled: object,
) -> None:
    polled.resource("hpc_a")
    polled.world.faults.add(match="component-usages", action=Status(502), times=None)
    order = polled.order()
    pass_time(polled, USAGE)
    assert order.state == "done"
    tried = len(polled.asked("component-usages"))
    pass_time(polled, USAGE - 1.0)
    assert len(polled.asked("component-usages")) == tried > 0
    pass_time(polled, 1.0)
    assert len(polled.asked("component-usages")) > tried


@pytest.fixture
def figures() -> Iterator[Figures]:
    figures = Figures()
    recording.record_to(figures)
    yield figures
    recording.record_to(None)
    counting.stop_watching("cluster")


def test_what_waits_in_all_lanes_is_read_when_somebody_looks(
    polled: object, figures: Figures
) -> None:
    offering = polled.agent
    polled.stopping.request()
    offering.add_regular()
    offering.start()
    workers = offering.condition
    wait_until("no thread works", lambda: not any(one.is_alive for one in workers().workers))
    polled.now += 12.5
    text = figures.text().decode()
    assert 'queue_depth{offering="cluster"} 5.0' in text
    assert 'queue_oldest_seconds{offering="cluster"} 12.5' in text
    assert 'events_connected{offering="cluster"}' not in text
    offering.close()
    assert 'queue_depth{offering="cluster"}' not in figures.text().decode()


@pytest.mark.parametrize("up", [True, False])
def test_whether_messages_come_is_read_when_somebody_looks(
    setting: object, figures: Figures, *, up: bool
) -> None:
    lines = [Health(connected_since=1.0), Health(connected_since=1.0 if up else None)]
    setting.stopping.request()
    setting.agent.start()
    setting.ear.health = lambda: lines
    assert f'events_connected{{offering="cluster"}} {up:d}.0' in figures.text().decode()
