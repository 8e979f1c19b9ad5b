"""Work and errors to Elastic APM.

Imported only where ``elastic_apm_server_url`` is set; the library is the extra ``apm``.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

import elasticapm

from waldur_site_agent.runtime.error_event import redact_all, tags
from waldur_site_agent.runtime.log_records import read_record
from waldur_site_agent.runtime.tracing import trace_with

if TYPE_CHECKING:
    from collections.abc import Iterator
    from logging import LogRecord

ITS_OWN = ("elasticapm", "urllib3")


def report_to_apm(server_url: str, *, version: str, mode: str) -> None:
    """Report the log's errors, and trace work, from now on."""
    client = elasticapm.Client(
        service_name="waldur-site-agent",
        service_version=version,
        server_url=server_url,
        global_labels={"mode": mode},
        collect_local_variables="off",
        capture_body="off",
        capture_headers=False,
        # Those of the library come first, ours has the last word.
        processors=[*elasticapm.conf.Config().processors, f"{__name__}.redacted"],
    )
    elasticapm.instrument()
    trace_with(Tracing(client))
    logging.getLogger().addHandler(Reporting(client))


def redacted(_client: elasticapm.Client, event: object) -> object:
    """Hide secrets and addresses in whatever is sent."""
    return redact_all(event)


class Reporting(logging.Handler):
    """Errors of the log become errors there."""

    def __init__(self, client: elasticapm.Client) -> None:
        """Report with this client."""
        super().__init__(logging.ERROR)
        self._client = client

    def emit(self, record: LogRecord) -> None:
        """Take a record; one that cannot be read shows in the log itself."""
        if record.name.startswith(ITS_OWN):
            return
        try:
            said = read_record(record)
        except (TypeError, ValueError, KeyError):
            return
        custom = {"event": said.event, **said.fields, **tags(said)}
        more = {"custom": custom, "logger_name": said.logger}
        if said.error is None:
            self._client.capture_message(
                param_message={"message": said.event, "params": ()}, level="error", **more
            )
        else:
            self._client.capture_exception(exc_info=said.error, **more)


class Tracing:
    """Each piece of work is a transaction."""

    def __init__(self, client: elasticapm.Client) -> None:
        """Trace with this client."""
        self._client = client

    @contextmanager
    def __call__(self, name: str, /, *, offering: str) -> Iterator[None]:
        """Follow one piece of work."""
        self._client.begin_transaction("work")
        elasticapm.label(offering=offering)
        outcome = "failure"
        try:
            yield
            outcome = "success"
        finally:
            self._client.end_transaction(name, outcome)
