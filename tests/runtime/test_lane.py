"""A lane's clock: what is looked at regularly, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.config.models import Offering
from waldur_site_agent.events.keys import Kind
from waldur_site_agent.looks.outcome import Outcome
from waldur_site_agent.runtime.lane import Lane
from waldur_site_agent.work.progress import Progress
from waldur_site_agent.work.settlements import Again, Done

if TYPE_CHECKING:
    from waldur_site_agent.looks.adding import WorkKey
    from waldur_site_agent.work.entries import Entry

PERIOD = 60.0
OFFERING = Offering.model_validate(
    {
        "name": "cluster",
        "waldur_api_url": "https://waldur.example.org/api/",
        "waldur_api_token": "t",
        "waldur_offering_uuid": "0" * 32,
        "backend_type": "memory",
    }
)


class Counting:
    """A lane whose first look takes some time, during which its clock goes on."""

    def __init__(self, *, takes: float = 0.0, fails: bool = False) -> None:
        self.now, self.looks = 0.0, 0
        self._takes, self._fails = takes, fails
        self.lane = Lane(
            "usage",
            offering=OFFERING,
            regular={Kind.USAGE: PERIOD},
            look=self._look,
            progress=Progress(),
            clock=lambda: self.now,
        )

    def _look(self, entry: Entry[WorkKey]) -> Outcome:
        assert entry.key.key.kind is Kind.USAGE
        self.looks += 1
        if self.looks == 1:
            self.now += self._takes
            self.lane.tick(self.now)
        return Outcome(settlement=Again("down", 2 * PERIOD) if self._fails else Done())

    def looks_after(self, seconds: float) -> int:
        self.now += seconds
        self.lane.tick(self.now)
        self.lane.work_off()
        return self.looks


def test_the_first_tick_has_everything_looked_at_and_then_every_period() -> None:
    counting = Counting()
    assert counting.looks_after(0.0) == 1
    assert counting.lane.next_due == PERIOD
    assert counting.looks_after(PERIOD - 1.0) == 1
    assert counting.looks_after(1.0) == 2


@pytest.mark.parametrize("defect", [RuntimeError("a defect"), SystemExit(0)])
def test_a_look_that_crashed_is_told_by_a_single_pass(defect: BaseException) -> None:
    def crash(_entry: Entry[WorkKey]) -> Outcome:
        raise defect

    lane = Lane(
        "usage",
        offering=OFFERING,
        regular={Kind.USAGE: PERIOD},
        look=crash,
        progress=Progress(),
        clock=lambda: 0.0,
    )
    lane.add_regular()
    assert not lane.work_off()


def test_a_look_that_takes_longer_than_its_period_is_not_followed_by_the_next_at_once() -> None:
    counting = Counting(takes=1.5 * PERIOD)
    assert counting.looks_after(0.0) == 1
    assert counting.looks_after(PERIOD - 1.0) == 1
    assert counting.looks_after(1.0) == 2


def test_a_look_that_failed_comes_back_by_itself_and_not_by_the_clock_as_well() -> None:
    counting = Counting(fails=True)
    assert counting.looks_after(0.0) == 1
    assert counting.looks_after(PERIOD) == 1
    assert counting.looks_after(PERIOD) == 2
    assert counting.looks_after(PERIOD) == 2
