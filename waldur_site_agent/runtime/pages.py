"""What probes and Prometheus are shown."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from waldur_site_agent.runtime.heartbeat import STALE_SECONDS
from waldur_site_agent.runtime.http_endpoint import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from waldur_site_agent.runtime.readiness import Answer


def health_page(progress_age_seconds: float) -> Page:
    """Whether the process gets on, by the same beat as the heartbeat file's."""
    is_alive = progress_age_seconds <= STALE_SECONDS
    said = {
        "status": "alive" if is_alive else "stalled",
        "progress_age_seconds": round(progress_age_seconds, 1),
    }
    return _json_page(said, is_good=is_alive)


def readiness_page(answer: Answer) -> Page:
    """Whether a Waldur lets the agent in."""
    status = "ready" if answer.is_ready else "not ready"
    return _json_page({"status": status, "why": list(answer.why)}, is_good=answer.is_ready)


def figures_page(text: bytes, content_type: str) -> Page:
    """The figures, in Prometheus' format."""
    return Page(body=text, content_type=content_type)


def pages(
    *,
    progress_age: Callable[[], float],
    readiness: Callable[[], Answer],
    figures: Callable[[], Page],
) -> Mapping[str, Callable[[], Page]]:
    """All that is served, by path."""
    return {
        "/healthz": lambda: health_page(progress_age()),
        "/readyz": lambda: readiness_page(readiness()),
        "/metrics": figures,
    }


def _json_page(said: Mapping[str, object], *, is_good: bool) -> Page:
    return Page(
        body=json.dumps(said).encode() + b"\n",
        content_type="application/json",
        status=HTTPStatus.OK if is_good else HTTPStatus.SERVICE_UNAVAILABLE,
    )
