"""Groups are what going through the whole table would find, whatever happened to it."""

from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from waldur_site_agent_testkit.mastermind.tables import Table

COLOURS = st.sampled_from(("red", "green", "blue"))


@dataclass(eq=False)
class Ball:
    uuid: str
    colour: str


class Balls(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.table: Table[Ball] = Table()
        self.by_colour = self.table.grouped(lambda ball: ball.colour)
        self.by_name = self.table.grouped(lambda ball: ball.uuid)

    @rule(uuid=st.sampled_from("abcdefgh"), colour=COLOURS)
    def put(self, uuid: str, colour: str) -> None:
        self.table[uuid] = Ball(uuid, colour)

    @precondition(lambda self: self.table)
    @rule(data=st.data())
    def take(self, data: st.DataObject) -> None:
        del self.table[data.draw(st.sampled_from(sorted(self.table)))]

    @precondition(lambda self: self.table)
    @rule(data=st.data(), colour=COLOURS)
    def paint(self, data: st.DataObject, colour: str) -> None:
        ball = self.table[data.draw(st.sampled_from(sorted(self.table)))]
        with self.table.regrouped(ball):
            ball.colour = colour

    @invariant()
    def groups_are_complete(self) -> None:
        for colour in ("red", "green", "blue"):
            found = {ball for ball in self.table.values() if ball.colour == colour}
            assert set(self.by_colour[colour]) == found
            assert len(self.by_colour[colour]) == len(found)
        for uuid in "abcdefgh":
            assert list(self.by_name[uuid]) == [b for b in self.table.values() if b.uuid == uuid]


TestBalls = Balls.TestCase
