"""The connection by which an offering's messages come, as the running process sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from waldur_site_agent.config.models import Offering
    from waldur_site_agent.events.delivery import Deliver
    from waldur_site_agent.events.health import Health
    from waldur_site_agent.waldur.connection import ConnectionSettings
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

    offering: Offering
    waldur: Waldur
    identity: Callable[[], UUID]
    connection: ConnectionSettings
    deliver: Deliver
