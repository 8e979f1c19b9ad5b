"""One offering's log lines on their way to its Waldur."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.metrics.counting import lines_shipped
from waldur_site_agent.runtime.log_buffer import LogBuffer
from waldur_site_agent.waldur.errors import NotFoundError, RefusedError, WaldurError
from waldur_site_agent.waldur.logs import LINES_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.runtime.log_buffer import Batch
    from waldur_site_agent.runtime.registration import Identity
    from waldur_site_agent.waldur.gateway import Waldur

logger = structlog.get_logger(__name__)


class Shipment:
    """One offering's lines on their way."""

    def __init__(
        self,
        name: str,
        waldur: Waldur,
        identity: Identity,
        *,
        most_bytes: int,
        release: Callable[[], None],
    ) -> None:
        """Have nothing to send.

        Args:
            name: the offering's.
            waldur: the offering's.
            identity: the agent's there.
            most_bytes: of lines that wait.
            release: lets go of the connection.
        """
        self.name = name
        self.buffer = LogBuffer(most_bytes=most_bytes)
        self._waldur = waldur
        self._identity = identity
        self._release = release
        self._told: set[str] = set()

    def ship(self, *, goes_on: Callable[[], bool]) -> None:
        """Send what waits, batch after batch, while that works. What fails waits. Never raises."""
        self._tell_dropped()
        while goes_on() and (batch := self.buffer.oldest(LINES_AT_ONCE)).lines:
            if not self._sent(batch):
                return
        self._told.discard("dropped")

    def close(self) -> None:
        """Let go of the connection."""
        self._release()

    def _sent(self, batch: Batch) -> bool:
        """Send a batch; whether it is worth going on."""
        try:
            self._waldur.logs.send(self._identity(), batch.lines)
        except NotFoundError:
            self.buffer.close()
            logger.info("log_shipping.off", offering=self.name, why="this Waldur takes no lines")
            return False
        except RefusedError as error:
            self._identity.forget()  # somebody may have deleted it
            self._tell_once("refused", why=str(error), consequence="its lines are not sent")
            self._settle(batch, "refused")
            return True
        except WaldurError as error:
            self._tell_once(
                "waits", why=str(error), consequence="lines are kept while there is room"
            )
            return False
        self._told -= {"refused", "waits"}
        self._settle(batch, "sent")
        return True

    def _settle(self, batch: Batch, outcome: str) -> None:
        self.buffer.remove(batch)
        lines_shipped(offering=self.name, outcome=outcome, number=len(batch.lines))

    def _tell_dropped(self) -> None:
        dropped = self.buffer.take_dropped()
        lines_shipped(offering=self.name, outcome="dropped", number=dropped)
        if dropped:
            self._tell_once("dropped", why="there was no room", consequence="the oldest are lost")

    def _tell_once(self, what: str, *, why: str, consequence: str) -> None:
        """Tell of a trouble that goes on only when it begins."""
        if what not in self._told:
            self._told.add(what)
            event = f"log_shipping.{what}"
            logger.warning(event, offering=self.name, why=why, consequence=consequence)
