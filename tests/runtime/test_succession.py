"""Whatever settings come, whenever work ends: one writer at a place, and nobody is disturbed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from waldur_site_agent.runtime.renewal import Turn
from waldur_site_agent.runtime.succession import Succession

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES, PLACES = "ABC", "pqr"
WANTED = st.builds(
    lambda names, places, versions: dict(
        zip(names, zip(places, versions, strict=True), strict=False)
    ),
    st.lists(st.sampled_from(NAMES), unique=True),
    st.permutations(PLACES),
    st.tuples(*[st.integers(0, 1)] * len(PLACES)),
)
"""By an offering's name: where it works, and by which version of its settings."""


@dataclass(frozen=True)
class Named:
    name: str


@dataclass
class Working:
    """An offering whose step in hand ends when the machine says so."""

    name: str
    place: str
    version: int
    life: list[str] = field(default_factory=list)
    has_ended: bool = False

    @property
    def offering(self) -> Named:
        return Named(self.name)

    @property
    def is_working(self) -> bool:
        return "start" in self.life and not self.has_ended

    @property
    def is_connected(self) -> bool:
        return "start" in self.life and "leave" not in self.life

    def start(self) -> None:
        self.life.append("start")

    def begin_to_stop(self) -> None:
        self.life.append("stop")

    def leave(self, **_: float) -> bool:
        assert self.has_ended
        self.life.append("leave")
        return True

    def close(self) -> None:
        self.life.append("close")


class Successions(RuleBasedStateMachine):
    """New settings and ends of steps, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.succession = Succession([])
        self.in_force: dict[str, Working] = {}
        self.all: list[Working] = []

    @rule(wanted=WANTED)
    def settings_come(self, wanted: Mapping[str, tuple[str, int]]) -> None:
        same = {
            name
            for name, (place, version) in wanted.items()
            if name in self.in_force
            and (self.in_force[name].place, self.in_force[name].version) == (place, version)
        }
        ended = self.in_force.keys() - same
        begun = [Working(name, *wanted[name]) for name in wanted.keys() - same]
        kept = {name: self.in_force[name] for name in same}
        self.in_force = kept | {one.name: one for one in begun}
        self.all += begun
        self.succession.turn(Turn(ended=ended, begun=begun))

    @rule()
    def tick(self) -> None:
        self.succession.move_up()

    @rule(data=st.data())
    @precondition(lambda self: any(one.is_working for one in self.leaving()))
    def a_step_ends(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from([one for one in self.leaving() if one.is_working]))
        one.has_ended = True

    def leaving(self) -> list[Working]:
        return [one for one in self.all if "stop" in one.life]

    @invariant()
    def nobody_begins_where_somebody_has_not_left(self) -> None:
        for place in PLACES:
            assert sum(one.is_connected for one in self.all if one.place == place) <= 1
        for name in NAMES:
            assert sum(one.is_connected for one in self.all if one.name == name) <= 1

    @invariant()
    def who_is_in_force_is_never_disturbed(self) -> None:
        for one in self.in_force.values():
            assert one.life in ([], ["start"])

    @invariant()
    def everybody_is_let_go_once(self) -> None:
        for one in self.all:
            assert one.life in (
                [],
                ["start"],
                ["start", "stop"],
                ["start", "stop", "leave", "close"],
                ["close"],
            )

    def teardown(self) -> None:
        for one in self.leaving():
            one.has_ended = True
        self.succession.move_up()
        self.succession.move_up()
        working = {one.name for one in self.succession.working}
        assert working == self.in_force.keys()
        assert not self.succession.is_under_way
        gone = [one for one in self.all if one not in self.in_force.values()]
        assert all(one.life[-1:] == ["close"] for one in gone)


TestSuccessions = Successions.TestCase
