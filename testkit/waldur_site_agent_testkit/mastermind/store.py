"""The objects together with the clock and the identifiers that new ones need."""

from datetime import datetime
from typing import TYPE_CHECKING, TypedDict, TypeVar

from waldur_site_agent_testkit.mastermind.clock import Clock
from waldur_site_agent_testkit.mastermind.identifiers import Identifiers
from waldur_site_agent_testkit.mastermind.listed import Listed
from waldur_site_agent_testkit.mastermind.state import State, Thing

if TYPE_CHECKING:
    from waldur_site_agent_testkit.events.brokers import EventBroker

T = TypeVar("T", bound=Thing)


class Birth(TypedDict):
    """What every new object gets."""

    uuid: str
    created: datetime
    modified: datetime


class Store:
    """What the effects and the endpoints work on."""

    def __init__(self, *, seed: int) -> None:
        """Begin empty; `seed` determines the uuids to come."""
        self.state = State()
        self.clock = Clock()
        self.identifiers = Identifiers(seed)
        self.listed = Listed()
        self.broker: EventBroker | None = None
        self.unknown_object_types: set[str] = set()

    def birth(self) -> Birth:
        """Return a new uuid and the time stamps of a new object."""
        now = self.clock.now()
        return Birth(uuid=self.identifiers.uuid(), created=now, modified=now)

    def touch(self, thing: Thing) -> None:
        """Note that an object was changed now."""
        thing.modified = self.clock.now()

    @staticmethod
    def keep(table: dict[str, T], thing: T) -> T:
        """Put a new object into its table and return it."""
        table[thing.uuid] = thing
        return thing
