"""The connection by which an offering's messages come, as the running process sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from waldur_site_agent.events.broker import Broker
    from waldur_site_agent.events.delivery import Deliver
    from waldur_site_agent.events.health import Health
    from waldur_site_agent.events.subject import Subject
    from waldur_site_agent.waldur.gateway import Waldur


class Listening(Protocol):
    """The connection by which messages come; ``events.consumer.Consumer`` is one."""

    def start(self) -> None:
        """Begin to connect; returns at once."""

    def pause(self) -> None:
        """Hand over nothing more."""

    def stop(self, *, seconds: float) -> bool:
        """End within this time; whether that went in order."""

    def health(self) -> Sequence[Health]:
        """How each line is."""


@dataclass(frozen=True, kw_only=True)
class Ears:
    """What a connection is made of."""

    subject: Subject
    waldur: Waldur
    identity: Callable[[], UUID]
    broker: Broker
    deliver: Deliver


@dataclass(frozen=True)
class Unwatched:
    """A connection to another Waldur's broker: whether it is up, no restart of ours changes.

    The log tells of it; neither the heartbeat nor the figures depend on it.
    """

    listening: Listening

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self.listening.start()

    def pause(self) -> None:
        """Hand over nothing more."""
        self.listening.pause()

    def stop(self, *, seconds: float) -> bool:
        """End within this time; whether that went in order."""
        return self.listening.stop(seconds=seconds)

    def health(self) -> Sequence[Health]:
        """Tell nothing."""
        return ()
