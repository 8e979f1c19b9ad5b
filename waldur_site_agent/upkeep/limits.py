"""A resource's limits: which side is right, and what follows where they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.config.core_settings import core_settings
from waldur_site_agent.config.models import LimitsOwner
from waldur_site_agent.upkeep.steps import Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Resource


def limits_step(site: Site, resource: Resource) -> Step | None:
    """Bring limits in line.

    They are left alone where they are not what was ordered: where a policy in Waldur sets limits by
    period (told to Waldur, they would grow from period to period), and while a resource is paused
    or downscaled, which some backends carry out by limits.
    """
    by_policy = core_settings(site.backend.backend_settings).periodic_limits.enabled
    if by_policy or resource.paused or resource.downscaled:
        return None
    if site.offering.limits_owner is LimitsOwner.WALDUR:
        return _waldur_is_right(site, resource)
    return Step(
        what="tell Waldur its limits where they differ",
        run=lambda: site.backend.sync_resource_limits(resource, site.client),
        routine=True,
    )


def _waldur_is_right(site: Site, resource: Resource) -> Step | None:
    backend, backend_id = site.backend, resource.backend_id
    current = backend.get_resource_limits(backend_id)
    wanted = {name: v for name, v in resource.limits.items() if current.get(name) != v}
    if not wanted or backend.has_prepaid_components():
        return None
    return Step(
        what=f"set limits {_listed(wanted)}",
        run=lambda: backend.set_resource_limits(backend_id, wanted),
    )


def _listed(limits: Mapping[str, float]) -> str:
    return ", ".join(f"{name}={value:g}" for name, value in sorted(limits.items()))
