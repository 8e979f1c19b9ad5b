"""The API keys of a new resource: the backend mints them, then Waldur is told.

Rules of the 1.x agent: an empty listing means "unknown", so nothing is pruned on it; never more
keys than the cap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend import DEFAULT_RESOURCE_KEY_COUNT
from waldur_site_agent.orders.failures import OrderLeftError, judge
from waldur_site_agent.waldur.errors import RefusedError, WaldurError

if TYPE_CHECKING:
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Resource

logger = structlog.get_logger(__name__)


def provision_keys(site: Site, resource: Resource) -> None:
    """Bring a resource to its number of API keys.

    A refusal of either side, or a defect of the plugin, is logged, and the order goes on: nobody
    loses an account for want of a key.

    Raises:
        OrderLeftError: the backend did not answer. The order is to stay, as nobody else makes keys.
        TransientError: Waldur did not answer; ContractError likewise.
    """
    try:
        _provision(site, resource)
    except RefusedError as error:
        logger.warning("api_keys.refused", backend_id=resource.backend_id, error=str(error))
    except WaldurError:
        raise
    except Exception as error:
        # Whatever the plugin raises: the account is there, and its order must not hang on keys.
        verdict = judge(error, site.backend)
        if isinstance(verdict, OrderLeftError):
            raise verdict from error
        logger.exception("api_keys.failed", backend_id=resource.backend_id)


def _provision(site: Site, resource: Resource) -> None:
    known = _known_client_ids(site, resource)
    _prune(site, resource, known)
    missing = DEFAULT_RESOURCE_KEY_COUNT - len(known or ())
    if missing <= 0:
        return
    _mint(site, resource, missing)
    if known is None:
        # What a killed process minted and never reported could not be told apart until now.
        _prune(site, resource, _known_client_ids(site, resource))


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
    except Exception as error:  # noqa: BLE001 - keys too many do less harm than no keys
        logger.warning("api_keys.not_pruned", error=repr(error))


def _mint(site: Site, resource: Resource, missing: int) -> None:
    for key in site.backend.generate_resource_keys(resource.backend_id, missing):
        site.waldur.api_keys.report_created(
            resource.uuid, client_id=key["client_id"], api_key=key["api_key"]
        )
