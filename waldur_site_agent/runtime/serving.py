"""Health, readiness and figures of this process over HTTP.

Loaded only where it is wanted.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.metrics import counting, recording
from waldur_site_agent.metrics.prometheus import CONTENT_TYPE, Figures
from waldur_site_agent.runtime import heartbeat
from waldur_site_agent.runtime.http_endpoint import HttpEndpoint
from waldur_site_agent.runtime.pages import figures_page, pages
from waldur_site_agent.runtime.readiness import Readiness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waldur_site_agent.config.models import AgentConfiguration
    from waldur_site_agent.runtime.connections import Connections

logger = structlog.get_logger(__name__)


@contextmanager
def served(
    configuration: AgentConfiguration,
    connections: Connections,
    *,
    port: int,
    mode: str,
    version: str,
) -> Iterator[None]:
    """Serve the pages, and keep figures, for as long as the block lasts.

    Raises:
        CannotListenError: the port is not to be had.
    """
    figures = Figures()
    endpoint = HttpEndpoint(
        host=configuration.http_host,
        port=port,
        pages=pages(
            progress_age=heartbeat.progress_age_seconds,
            readiness=Readiness(connections.in_use),
            figures=lambda: figures_page(figures.text(), CONTENT_TYPE),
        ),
    )
    recording.record_to(figures)
    counting.agent_is(version=version, mode=mode)
    counting.watch_progress(heartbeat.progress_age_seconds)
    logger.info("http.serving", host=configuration.http_host, port=port)
    try:
        with endpoint:
            yield
    finally:
        recording.record_to(None)
