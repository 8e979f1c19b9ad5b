"""From the log into the buffers: each line to the offering that it is about."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from waldur_site_agent.runtime.log_records import Said, read_record
from waldur_site_agent.waldur.logs import LogLine

if TYPE_CHECKING:
    from collections.abc import Mapping
    from logging import LogRecord

    from waldur_site_agent.runtime.log_buffer import LogBuffer

NOT_SHIPPED = (
    "httpx",
    "httpcore",
    "urllib3",
    "waldur_site_agent.runtime.log_ship",
)
"""Loggers, by the beginning of their names, whose lines tell of the sending itself."""
LONGEST_MESSAGE = 8000


class Collecting(logging.Handler):
    """Puts each record into the buffer of the offering that it is about; others into none."""

    def __init__(
        self,
        buffers: Mapping[str, LogBuffer],
        *,
        level: str,
        with_tracebacks: bool,
    ) -> None:
        """Collect.

        Args:
            buffers: by the offerings' names.
            level: the least that is collected.
            with_tracebacks: whether an exception's traceback goes with its line.
        """
        super().__init__(level)
        self._buffers = buffers
        self._with_tracebacks = with_tracebacks

    def emit(self, record: LogRecord) -> None:
        """Keep a record; one that cannot be read shows in the log itself, as an oddity there."""
        if record.name.startswith(NOT_SHIPPED):
            return
        try:
            said = read_record(record)
        except (TypeError, ValueError, KeyError):
            return
        buffer = self._buffers.get(said.offering)
        if buffer is not None:
            buffer.add(self._line(said, record))

    def _line(self, said: Said, record: LogRecord) -> LogLine:
        parts = [said.sentence, said.traceback if self._with_tracebacks else ""]
        message = "\n".join(filter(None, parts))
        return LogLine(
            timestamp=datetime.fromtimestamp(record.created, UTC),
            level=said.level,
            message=message[:LONGEST_MESSAGE],
            module=said.logger,
        )
