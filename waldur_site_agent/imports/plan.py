"""Which of the backend's resources can be imported, and into whose project (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from waldur_site_agent.backend.structures import BackendResourceInfo


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What Waldur may not know yet: an id on the backend, and the slug of its project."""

    backend_id: str
    project_slug: str


def candidates(
    listed: Iterable[BackendResourceInfo], *, known: Collection[str], project_prefix: str
) -> Iterator[Candidate]:
    """Pick what Waldur has no resource for and whose parent is a project of ours.

    Args:
        listed: all that the backend has.
        known: ids of resources in Waldur.
        project_prefix: what the names of projects on the backend begin with.
    """
    for info in listed:
        slug = info.parent_id.removeprefix(project_prefix)
        ours = info.parent_id.startswith(project_prefix) and bool(slug)
        if info.backend_id and info.backend_id not in known and ours:
            yield Candidate(backend_id=info.backend_id, project_slug=slug)
