"""The API keys of a new resource: the backend mints them, then Waldur is told.

Rules of the 1.x agent: an empty listing means "unknown", so nothing is pruned on it; never more
keys than the cap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend import DEFAULT_RESOURCE_KEY_COUNT
from waldur_site_agent.backend.exceptions import BackendError, BackendNotReadyError
from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Resource

logger = structlog.get_logger(__name__)


def provision_keys(site: Site, resource: Resource) -> None:
    """Bring a resource to its number of API keys. A failure is logged; the order goes on."""
    try:
        known = _known_client_ids(site, resource)
        _prune(site, resource, known)
        _mint(site, resource, DEFAULT_RESOURCE_KEY_COUNT - len(known or ()))
    except (BackendError, BackendNotReadyError, WaldurError, OSError):
        logger.exception("api_keys.failed", backend_id=resource.backend_id)


def _known_client_ids(site: Site, resource: Resource) -> frozenset[str] | None:
    """The client ids that Waldur knows, or None when that cannot be told for sure."""
    rows = site.waldur.api_keys.list(resource.uuid)
    ids = [row.client_id for row in rows]
    return frozenset(ids) if ids and all(ids) else None


def _prune(site: Site, resource: Resource, known: frozenset[str] | None) -> None:
    if known is None:
        return
    try:
        site.backend.prune_unknown_resource_keys(resource.backend_id, set(known))
    except BackendError as error:
        logger.warning("api_keys.not_pruned", error=str(error))


def _mint(site: Site, resource: Resource, missing: int) -> None:
    if missing <= 0:
        return
    for key in site.backend.generate_resource_keys(resource.backend_id, missing):
        site.waldur.api_keys.report_created(
            resource.uuid, client_id=key["client_id"], api_key=key["api_key"]
        )
