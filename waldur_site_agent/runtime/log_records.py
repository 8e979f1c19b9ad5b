"""What a log record says, for those who pass it on beyond this machine."""

from __future__ import annotations

import re
import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.redaction import HIDDEN, scrub_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from logging import LogRecord
    from types import TracebackType

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

SAID_ELSEWHERE = frozenset(
    {"event", "logger", "level", "timestamp", "exc_info", "exception", "stack", "offering"}
)
"""Keys of structlog's events that are no fields of their own here."""
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")


@dataclass(frozen=True, kw_only=True)
class Said:
    """A record, read and without secrets and addresses of persons.

    Attributes:
        event: what happened: a constant name of ours, or a library's sentence.
        fields: what it happened to.
        offering: the configuration's name for the offering; blank where the line is of none.
        logger: the logger's name.
        level: ``WARNING`` and so on.
        error: the exception that it tells of; its texts are as they were raised.
    """

    event: str
    fields: Mapping[str, str]
    offering: str
    logger: str
    level: str
    error: ExcInfo | None

    @property
    def sentence(self) -> str:
        """The event and its fields in a line."""
        fields = (f"{key}={_quoted(value)}" for key, value in self.fields.items())
        return redact(" ".join([self.event, *fields]))

    @property
    def traceback(self) -> str:
        """The exception as Python writes it, without values of variables; blank without one."""
        return redact("".join(traceback.format_exception(*self.error))) if self.error else ""


def read_record(record: LogRecord) -> Said:
    """Read a record of ours (structlog's event is its message) or of a library.

    To be called by the thread that logged: it is bound to the offering.
    """
    event = _event_of(record)
    fields = {str(k): redact(str(v)) for k, v in event.items() if k not in SAID_ELSEWHERE}
    return Said(
        event=redact(str(event.get("event", ""))),
        fields=fields,
        offering=str(event.get("offering", "")),
        logger=record.name,
        level=record.levelname,
        error=_error_of(event.get("exc_info") or record.exc_info),
    )


def redact(text: str) -> str:
    """Hide secrets, as in the log, and e-mail addresses, which a plugin's text may hold."""
    return _MAIL.sub(HIDDEN, scrub_secrets(text))


def _event_of(record: LogRecord) -> Mapping[str, object]:
    if isinstance(record.msg, dict):
        return record.msg
    return {"event": record.getMessage(), **structlog.contextvars.get_contextvars()}


def _error_of(exc_info: object) -> ExcInfo | None:
    """Read what loggers accept: an exception, its triple, or a yes for the one in hand."""
    match exc_info:
        case BaseException():
            return type(exc_info), exc_info, exc_info.__traceback__
        case (_, BaseException() as error, _):
            return type(error), error, error.__traceback__
        case True:
            return _error_of(sys.exc_info())
    return None


def _quoted(value: str) -> str:
    return repr(value) if " " in value or not value else value
