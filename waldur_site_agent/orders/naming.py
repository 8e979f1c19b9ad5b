"""The ids under which a new resource may be known to the backend."""

from __future__ import annotations

from itertools import count, islice
from typing import TYPE_CHECKING

from waldur_site_agent.backend.lookup import overrides

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waldur_site_agent.backend.backends import BaseBackend
    from waldur_site_agent.waldur.models import Resource

PROJECT_SLUG_POLICY = "project_slug"
DEFAULT_ATTEMPTS = 50
TOLD_AN_ID = ("create_resource_with_id", "_create_backend_resource", "_pull_backend_resource")


def candidate_ids(resource: Resource, backend: BaseBackend) -> Iterator[str]:
    """Yield the ids to try, best first.

    The base is the project's slug where the offering's ``account_name_generation_policy`` says
    so, else the resource's. One attempt is made; where the policy is set or uniqueness is
    checked, up to ``backend_id_max_retries``, as ``base``, ``base-0``, ``base-1`` … What the
    plugin makes no name of is left out.
    """
    by_project = _by_project_slug(resource)
    base = resource.project_slug if by_project else resource.slug
    if not base:
        return iter(())
    settings = backend.backend_settings
    retries = by_project or bool(settings.get("check_backend_id_uniqueness"))
    attempts = int(settings.get("backend_id_max_retries", DEFAULT_ATTEMPTS)) if retries else 1
    slugs = islice(_slugs(base), max(1, attempts))
    ids = (backend._get_resource_backend_id(slug) for slug in slugs)  # noqa: SLF001 - the 1.x contract names it so, and plugins override it
    return (backend_id for backend_id in ids if backend_id and backend_id.strip())


def reserves_ids(backend: BaseBackend) -> bool:
    """Whether ids are ours to choose, so that they can be said in Waldur first.

    A plugin that creates by ``create_resource_with_id`` of its own may answer with another id than
    the one proposed (the remote system's); a reserved id that the remote system never heard of
    would then stand in Waldur after a crash. Such a plugin says so by ``reserves_backend_ids``.
    """
    declared = backend.reserves_backend_ids
    if declared is not None:
        return declared
    return not (overrides(backend, "create_resource_with_id") or gives_ids(backend))


def gives_ids(backend: BaseBackend) -> bool:
    """Whether a plugin creates by ``create_resource`` alone, under an id that it is not told.

    So it is with plugins that override that hook, and none of those that are told an id.
    """
    told = any(overrides(backend, hook) for hook in TOLD_AN_ID)
    return overrides(backend, "create_resource") and not told


def _by_project_slug(resource: Resource) -> bool:
    policy = resource.offering_plugin_options.get("account_name_generation_policy")
    return bool(policy == PROJECT_SLUG_POLICY)


def _slugs(base: str) -> Iterator[str]:
    yield base
    yield from (f"{base}-{number}" for number in count())
