"""What the backend tells of a resource, for Waldur to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.upkeep.steps import Step

if TYPE_CHECKING:
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Resource


def metadata_step(site: Site, resource: Resource) -> Step | None:
    """Tell Waldur the backend's metadata where they differ; keep what creation told."""
    told = site.backend.get_resource_metadata(resource.backend_id)
    metadata = {**resource.backend_metadata, **(told or {})}
    if metadata == resource.backend_metadata:
        return None
    return Step(
        what=f"tell Waldur its metadata ({', '.join(sorted(told))})",
        run=lambda: site.waldur.resources.set_backend_metadata(resource.uuid, metadata),
    )
