"""The main loop on events: what is due, when it lives, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from waldur_site_agent.events.health import Health
from waldur_site_agent.runtime.liveness import Condition, Labour, Patience, ailments
from waldur_site_agent.runtime.queue_agent import TICK_SECONDS, WORK_SECONDS, QueueAgent, look_once
from waldur_site_agent.runtime.stop import Stop
from waldur_site_agent.runtime.succession import GOODBYE_SECONDS, Succession
from waldur_site_agent.runtime.timers import Every

PATIENCE = Patience(line_down=900.0, worker_stuck=1800.0)
NOW = 10_000.0
WORKER = Labour(subject="orders and members", is_alive=True, stuck_seconds=0.0)
WELL = Condition(name="cluster", workers=[WORKER])


def working(*, is_alive: bool = True, stuck_seconds: float = 0.0) -> Condition:
    worker = Labour(subject="usage", is_alive=is_alive, stuck_seconds=stuck_seconds)
    return Condition(name="cluster", workers=[WORKER, worker])


def line(**how: object) -> Health:
    return Health(**{"working": True, "connected_since": 1.0, **how})


def down(seconds: float, kind: str = "no_connection", **how: object) -> Health:
    since = NOW - seconds
    return line(connected_since=None, down_since=since, kind=kind, reason="nobody there", **how)


class TestLiveness:
    @pytest.mark.parametrize(
        ("condition", "ailment"),
        [
            (WELL, ""),
            (working(stuck_seconds=1799.0), ""),
            (working(stuck_seconds=1801.0), "work on its usage has not got on for 30 minutes"),
            (working(is_alive=False), "the thread that works on its usage ended"),
        ],
    )
    def test_every_worker_has_to_get_on(self, condition: Condition, ailment: str) -> None:
        assert ailment in "".join(ailments(condition, PATIENCE, now=NOW))
        assert bool(ailment) == bool(list(ailments(condition, PATIENCE, now=NOW)))

    @pytest.mark.parametrize(
        ("health", "is_ailing"),
        [
            (line(), False),
            (down(899.0), False),
            (down(901.0), True),
            (down(901.0, kind="login_refused"), True),
            (down(90_000.0, kind="registration_refused"), False),
            (line(working=False), True),
            (down(1.0, working=False), True),
        ],
    )
    def test_a_restart_has_to_be_able_to_cure_it(self, health: Health, is_ailing: bool) -> None:
        condition = Condition(name="c", workers=[WORKER], lines=[health])
        assert bool(list(ailments(condition, PATIENCE, now=NOW))) is is_ailing


def test_a_timer_is_due_at_once_and_then_every_period() -> None:
    timer = Every(60.0)
    assert [timer.is_due(now) for now in (0.0, 1.0, 59.0, 60.0, 61.0, 500.0, 559.0, 560.0)] == [
        True,
        False,
        False,
        True,
        False,
        True,
        False,
        True,
    ]


@dataclass
class FakeOffering:
    """An offering whose condition a test sets; finishing and leaving take some time."""

    diary: list[str]
    seconds_to_finish: float = 0.0
    seconds_to_leave: float = 0.0
    clock: object = None
    state: Condition = WELL
    due: float = 300.0
    place: str = ""
    allowed: list[float] = field(default_factory=list)

    def start(self) -> None:
        self.diary.append("start")

    def tick(self, now: float) -> float:
        self.diary.append(f"tick {now:g}")
        return self.due

    def condition(self) -> Condition:
        return self.state

    def begin_to_stop(self) -> None:
        self.diary.append("begin to stop")

    def finish_work(self, *, seconds: float) -> bool:
        self._take("finish", seconds, self.seconds_to_finish)
        return True

    def leave(self, *, seconds: float) -> bool:
        self._take("leave", seconds, self.seconds_to_leave)
        return True

    def _take(self, what: str, allowed: float, seconds: float) -> None:
        self.allowed.append(allowed)
        self.diary.append(what)
        self.clock.now += min(allowed, seconds)

    def close(self) -> None:
        self.diary.append("close")

    def once(self) -> bool:
        self.diary.append("once")
        return self.state is WELL


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def diary() -> list[str]:
    return []


def agent(diary: list[str], *offerings: FakeOffering, stop: Stop | None = None) -> QueueAgent:
    clock = Clock()
    for offering in offerings:
        offering.clock = clock
    return QueueAgent(
        offerings=Succession(offerings),
        stop=stop or Stop(),
        patience=PATIENCE,
        beat=lambda: diary.append("beat"),
        clock=clock,
    )


def test_a_tick_beats_after_everything_was_added(diary: list[str]) -> None:
    agent(diary, FakeOffering(diary), FakeOffering(diary)).tick()
    assert diary == ["start", "start", "tick 0", "tick 0", "beat"]


def test_a_tick_tells_when_something_is_due_next(diary: list[str]) -> None:
    assert agent(diary, FakeOffering(diary), FakeOffering(diary, due=20.0)).tick() == 20.0
    assert agent(diary, FakeOffering(diary)).tick() == TICK_SECONDS, "however late that is"


def test_one_offering_that_is_stuck_stops_the_heart(diary: list[str]) -> None:
    stuck = working(stuck_seconds=99_999.0)
    agent(diary, FakeOffering(diary), FakeOffering(diary, state=stuck)).tick()
    assert "beat" not in diary


def test_all_stop_before_the_first_is_waited_for(diary: list[str]) -> None:
    both = agent(diary, FakeOffering(diary), FakeOffering(diary))
    both.tick()
    diary.clear()
    both.end()
    phases = ("begin to stop", "finish", "leave", "close")
    assert diary == [phase for phase in phases for _ in range(2)]


def test_nothing_begins_where_the_end_was_asked_for_before(diary: list[str]) -> None:
    stop = Stop()
    stop.request()
    agent(diary, FakeOffering(diary), stop=stop).forever()
    assert diary == ["close"]


def test_the_deadline_is_for_all_together(diary: list[str]) -> None:
    times = {"seconds_to_finish": 15.0, "seconds_to_leave": 3.0}
    slow, next_one, last = (FakeOffering(diary, **times) for _ in range(3))
    three = agent(diary, slow, next_one, last)
    three.tick()
    three.end()
    assert slow.allowed == [WORK_SECONDS, GOODBYE_SECONDS]
    assert next_one.allowed == [WORK_SECONDS - 15.0, GOODBYE_SECONDS - 3.0]
    assert last.allowed == [0.0, 0.0]
    assert three.clock() == WORK_SECONDS + GOODBYE_SECONDS, "also where the work took all of it"


def test_once_looks_at_every_offering_and_tells_of_any_failure(diary: list[str]) -> None:
    ailing = FakeOffering(diary, state=working())
    assert not look_once([ailing, FakeOffering(diary)], Stop())
    assert diary == ["once", "once", "close", "close"]
    assert look_once([FakeOffering(diary)], Stop())
