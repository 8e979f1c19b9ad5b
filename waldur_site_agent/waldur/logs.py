"""Log lines of an agent for its page in Waldur."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import Call, hex_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from waldur_site_agent.waldur.rest import Rest

LINES_AT_ONCE = 100
"""How many lines one request may carry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line, without anything secret.

    Attributes:
        timestamp: with a time zone.
        level: ``WARNING`` and so on.
        message: one line or several.
        module: the logger's name.
    """

    timestamp: datetime
    level: str
    message: str
    module: str


class Logs:
    """Where agents' log lines go. Servers before 2026 lack it (``NotFoundError``)."""

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def send(self, identity_uuid: UUID | str, lines: Sequence[LogLine]) -> None:
        """Send up to ``LINES_AT_ONCE`` lines of one agent.

        Where an answer gets lost, lines may be there twice.
        """
        identity = hex_of(identity_uuid)
        body = [
            {
                "agent_identity_uuid": identity,
                "timestamp": line.timestamp,
                "level": line.level,
                "message": line.message,
                "module": line.module,
            }
            for line in lines
        ]
        self._rest.tell(
            Call(
                operation="logs.send",
                method="POST",
                path="marketplace-site-agent-logs/",
                body=body,
                repeatable=True,
            )
        )
