"""Telling Waldur what came of creating: limits, metadata and endpoints, where they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.waldur.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.backend.structures import BackendResourceInfo
    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent.waldur.models import Resource

logger = structlog.get_logger(__name__)


def report_resource(waldur: Waldur, resource: Resource, info: BackendResourceInfo) -> None:
    """Write what the backend answered and Waldur does not know yet.

    A refusal is logged and changes nothing: this is bookkeeping, the account exists.

    Raises:
        TransientError: Waldur could not be asked; the caller comes back.
    """
    uuid, resources = resource.uuid, waldur.resources
    if info.limits and dict(info.limits) != dict(resource.limits):
        _bookkeeping("limits", lambda: resources.set_limits(uuid, info.limits))
    if info.backend_metadata and dict(info.backend_metadata) != dict(resource.backend_metadata):
        metadata = info.backend_metadata
        _bookkeeping("metadata", lambda: resources.set_backend_metadata(uuid, metadata))
    if info.endpoints and not _same_endpoints(resource, info):
        endpoints = info.endpoints
        _bookkeeping("endpoints", lambda: resources.set_endpoints(uuid, endpoints))


def _bookkeeping(what: str, write: Callable[[], object]) -> None:
    try:
        write()
    except RefusedError as error:
        logger.warning("resource.not_reported", what=what, error=str(error))


def _same_endpoints(resource: Resource, info: BackendResourceInfo) -> bool:
    known = {(endpoint.name, endpoint.url) for endpoint in resource.endpoints}
    return known == {(entry.get("name"), entry.get("url")) for entry in info.endpoints}
