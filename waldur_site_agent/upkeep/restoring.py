"""Restoring a resource of a backend that cannot tell how its resources stand.

Such a backend is asked to restore whatever Waldur considers normal. Some carry it out by setting
limits of their own choice, as a pause was a limit of zero to them; what was ordered is then set
again. Once that was seen of a backend, limits that are as ordered tell that nothing is to be
restored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakSet

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.upkeep.steps import Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent.backend.backends import BaseBackend
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Resource

RESTORES_BY_LIMITS: WeakSet[type[BaseBackend]] = WeakSet()
"""Backends of which this process has seen it. A start without it costs one needless restore."""


def blind_restore_step(site: Site, resource: Resource) -> Step | None:
    """Restore a resource, and leave it the limits that were ordered."""
    backend = site.backend
    if type(backend) in RESTORES_BY_LIMITS and _are_as_ordered(backend, resource):
        return None
    return Step(
        what="restore it (it is perhaps not so)",
        run=lambda: _restore(backend, resource),
        routine=True,
        is_sure=False,
    )


def _restore(backend: BaseBackend, resource: Resource) -> bool:
    before = _limits(backend, resource)
    changed = backend.restore_resource(resource.backend_id)
    after = _limits(backend, resource)
    if before is not None and after is not None and after != before:
        RESTORES_BY_LIMITS.add(type(backend))
        ordered = dict(resource.limits) or before
        different = {name: v for name, v in ordered.items() if after.get(name) != v}
        if different:
            backend.set_resource_limits(resource.backend_id, different)
    return changed


def _are_as_ordered(backend: BaseBackend, resource: Resource) -> bool:
    current = _limits(backend, resource)
    return bool(resource.limits) and current is not None and _covers(current, resource.limits)


def _covers(current: Mapping[str, float], ordered: Mapping[str, float]) -> bool:
    """Whether each limit of the backend is the ordered one, and there is any."""
    common = current.keys() & ordered.keys()
    return bool(common) and all(current[name] == ordered[name] for name in common)


def _limits(backend: BaseBackend, resource: Resource) -> dict[str, int] | None:
    """Read the backend's limits, in Waldur units; None where it cannot tell them."""
    try:
        return dict(backend.get_resource_limits(resource.backend_id))
    except BackendError:
        return None
