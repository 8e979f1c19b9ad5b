"""Errors to Sentry. Imported only where ``sentry_dsn`` is set; the SDK is the extra ``sentry``."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.threading import ThreadingIntegration
from sentry_sdk.utils import event_from_exception

from waldur_site_agent.runtime.error_event import fingerprint, redact_all, tags
from waldur_site_agent.runtime.log_records import read_record

if TYPE_CHECKING:
    from logging import LogRecord

    from sentry_sdk.types import Breadcrumb, BreadcrumbHint, Event, Hint

    from waldur_site_agent.runtime.log_records import Said

END_SECONDS = 1
"""How long the process's end waits for the last errors to be sent."""
ITS_OWN = ("sentry_sdk", "urllib3")
Level: TypeAlias = Literal["fatal", "error", "warning", "info", "debug"]
LEVELS: dict[int, Level] = {
    logging.CRITICAL: "fatal",
    logging.ERROR: "error",
    logging.WARNING: "warning",
    logging.INFO: "info",
}


def report_errors(dsn: str, *, version: str, mode: str) -> None:
    """Report the log's errors, and what ends a thread, from now on.

    The SDK's own way of reading logs does not know structlog, and its other integrations would
    tell of commands, their arguments and addresses.

    Raises:
        ValueError: the DSN is none.
    """
    sentry_sdk.init(
        dsn=dsn,
        release=f"waldur-site-agent@{version}",
        default_integrations=False,
        integrations=[
            AtexitIntegration(callback=lambda _pending, _timeout: None),
            DedupeIntegration(),
            ExcepthookIntegration(),
            ThreadingIntegration(),
        ],
        include_local_variables=False,
        send_default_pii=False,
        shutdown_timeout=END_SECONDS,
        before_send=_redacted,
        before_breadcrumb=_redacted_breadcrumb,
    )
    sentry_sdk.set_tag("mode", mode)
    logging.getLogger().addHandler(Reporting(logging.INFO))


class Reporting(logging.Handler):
    """Errors become events; what was logged before them, their breadcrumbs."""

    def emit(self, record: LogRecord) -> None:
        """Take a record; one that cannot be read shows in the log itself."""
        if record.name.startswith(ITS_OWN):
            return
        try:
            said = read_record(record)
        except (TypeError, ValueError, KeyError):
            return
        level = LEVELS.get(record.levelno, "error")
        if record.levelno >= logging.ERROR:
            _capture(said, level)
        sentry_sdk.add_breadcrumb(
            category=said.logger, message=said.sentence, level=level, type="log"
        )


def _capture(said: Said, level: Level) -> None:
    event, hint = _of_exception(said)
    event["level"] = level
    event["logger"] = said.logger
    event["logentry"] = {"message": said.event, "params": []}
    event["extra"] = dict(said.fields)
    event["tags"] = tags(said)
    event["fingerprint"] = fingerprint(said)
    sentry_sdk.capture_event(event, hint)


def _of_exception(said: Said) -> tuple[Event, Hint]:
    if said.error is None:
        return {}, {}
    options = sentry_sdk.get_client().options
    mechanism = {"type": "logging", "handled": True}
    return event_from_exception(said.error, client_options=options, mechanism=mechanism)


def _redacted(event: Event, _hint: Hint) -> Event:
    return cast("Event", redact_all(event))


def _redacted_breadcrumb(breadcrumb: Breadcrumb, _hint: BreadcrumbHint) -> Breadcrumb:
    return cast("Breadcrumb", redact_all(breadcrumb))
