"""Pausing, slowing down and restoring, by Waldur's flags."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.structures import ResourceStatus
from waldur_site_agent.upkeep.restoring import blind_restore_step
from waldur_site_agent.upkeep.steps import Step

if TYPE_CHECKING:
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Resource

logger = structlog.get_logger(__name__)


def wanted_status(resource: Resource) -> ResourceStatus:
    """What Waldur's flags ask for; paused wins over downscaled."""
    if resource.paused:
        return ResourceStatus.PAUSED
    return ResourceStatus.DOWNSCALED if resource.downscaled else ResourceStatus.NORMAL


def status_step(site: Site, resource: Resource) -> Step | None:
    """Bring a resource's state in line, where it differs or cannot be told."""
    backend, backend_id = site.backend, resource.backend_id
    wanted = wanted_status(resource)
    if wanted in backend.unsupported_states:
        return _impossible(site, resource, wanted)
    current = backend.get_resource_status(backend_id)
    if wanted is current:
        return None
    if current is None and wanted is ResourceStatus.NORMAL:
        return blind_restore_step(site, resource)
    return Step(
        what=f"{_VERBS[wanted]} it (it is {current or 'perhaps not so'})",
        run=lambda: _bring(site, resource, wanted),
        is_sure=current is not None,
    )


def _bring(site: Site, resource: Resource, wanted: ResourceStatus) -> bool:
    """Call the hook, and tell where it says that what Waldur asks for is not so."""
    backend = site.backend
    hook = {
        ResourceStatus.PAUSED: backend.pause_resource,
        ResourceStatus.DOWNSCALED: backend.downscale_resource,
        ResourceStatus.NORMAL: backend.restore_resource,
    }[wanted]
    is_so = hook(resource.backend_id)
    if not is_so and wanted is not ResourceStatus.NORMAL:
        logger.warning("state.not_reached", resource=resource.backend_id, wanted=str(wanted))
    return is_so


def _impossible(site: Site, resource: Resource, wanted: ResourceStatus) -> Step:
    """Say that Waldur asks for what the backend cannot do. It is no fault of the resource."""
    kind, verb = site.backend.backend_type, _VERBS[wanted]

    def tell() -> bool:
        logger.warning(
            "state.unsupported", resource=resource.backend_id, wanted=str(wanted), backend=kind
        )
        return False

    return Step(what=f"nothing: {kind} cannot {verb} it", run=tell, is_sure=False)


_VERBS = {
    ResourceStatus.PAUSED: "pause",
    ResourceStatus.DOWNSCALED: "downscale",
    ResourceStatus.NORMAL: "restore",
}
