"""Logs: JSON lines on stdout, readable lines on a terminal; every line bound to its object."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.redaction import HIDDEN, scrub_secrets, speaks_of_a_secret

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import TextIO

    from structlog.typing import Processor

QUIET = ("httpx", "httpx2", "httpcore", "httpcore2")
"""Libraries that log URLs, which may carry secrets of S3 and its like."""


def configure(level: str, *, stream: TextIO | None = None, human: bool | None = None) -> None:
    """Send the logs of the agent, its plugins and its libraries to one stream.

    Args:
        level: the least level shown, by name.
        stream: stdout unless told otherwise.
        human: readable lines rather than JSON; by default, when the stream is a terminal.
    """
    target = stream or sys.stdout
    readable = target.isatty() if human is None else human
    handler = Lines(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(_readable(colors=target.isatty()) if readable else _json()),
            ],
            foreign_pre_chain=_shared(),
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


class Lines(logging.StreamHandler["TextIO"]):
    """Writes lines; tells of one that cannot be written by its logger alone."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name for it
        """Leave out the text, which the library's own would print: no secret is struck out yet."""
        error = sys.exception()
        with suppress(OSError):
            sys.stderr.write(
                f"A log line of {record.name} could not be written: {type(error).__name__}\n"
            )


def change_level(level: str) -> None:
    """Show this and worse from now on."""
    logging.getLogger().setLevel(level)


def _shared() -> list[Processor]:
    """What every record goes through, ours and those of plugins and libraries."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _json() -> list[Processor]:
    return [
        structlog.processors.format_exc_info,
        redact,
        structlog.processors.JSONRenderer(default=str),
    ]


def _readable(*, colors: bool) -> list[Processor]:
    return [
        structlog.processors.format_exc_info,
        redact,
        structlog.dev.ConsoleRenderer(
            colors=colors, exception_formatter=structlog.dev.plain_traceback
        ),
    ]


def redact(
    _logger: object, _method: str, event: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """Strike out what looks like a secret, in any text of a record, or is under such a name."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = HIDDEN if speaks_of_a_secret(key) else scrub_secrets(value)
    return event
