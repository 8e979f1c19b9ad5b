"""What the log says about a line: each thing once, not with every try or message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from waldur_site_agent.events.broker import Broker
    from waldur_site_agent.events.reading import Oddity

MOST_ODDITIES = 100


class Telling:
    """A line's voice. One thread uses it."""

    def __init__(self, *, offering: str, name: str, broker: Broker) -> None:
        """Speak for the line ``name`` of the offering of that name."""
        self._logger = structlog.get_logger(__name__).bind(
            offering=offering, broker=broker.url, line=name or "all"
        )
        self._told = ""
        self._oddities: set[Oddity] = set()

    def is_up(self) -> None:
        """Tell that the line is connected."""
        self._told = ""
        self._logger.info("events.connected")

    def is_down(self, kind: str, reason: str) -> None:
        """Tell that the line is down; again only when it is for another kind of reason."""
        if kind == self._told:
            return
        self._told = kind
        self._logger.warning(
            "events.down", kind=kind, reason=reason, consequence="tried again until it works"
        )

    def odd(self, oddity: Oddity) -> None:
        """Tell of a message that could not be read; once for each sort."""
        if oddity in self._oddities or len(self._oddities) >= MOST_ODDITIES:
            return
        self._oddities.add(oddity)
        self._logger.warning(
            "events.odd_message",
            what=oddity.what,
            object_type=oddity.object_type,
            consequence="left alone; periodic work finds what it was about",
        )

    def failed(self, error: Exception) -> None:
        """Tell of a mistake of ours."""
        self._logger.error("events.failed", exc_info=error)
