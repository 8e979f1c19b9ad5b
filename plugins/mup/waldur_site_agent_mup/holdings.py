"""What a resource has on the portal: its allocations, by component."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent_mup.identifiers import names_of, proposed, stem_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waldur_site_agent_mup.components import MupComponents
    from waldur_site_agent_mup.portal.records import Allocation, Id
    from waldur_site_agent_mup.view import View


@dataclass(frozen=True, kw_only=True)
class Holding:
    """A resource's allocations.

    Attributes:
        project: the id of the project that they are in.
        parts: by component, in the components' order.
        strays: allocations that belong to it and to none of the offering's components.
        stem: what further ones are called after; blank where nothing follows from the backend id.
    """

    project: Id
    parts: Mapping[str, Allocation]
    strays: Sequence[Allocation] = ()
    stem: str = ""

    @property
    def all(self) -> list[Allocation]:
        """All its allocations."""
        return [*self.parts.values(), *self.strays]

    @property
    def is_alive(self) -> bool:
        """Whether any of them has not ended: MUP keeps those that have."""
        return any(one.is_active for one in self.all)


def find(view: View, backend_id: str, components: MupComponents) -> Holding | None:
    """Find what a backend id stands for; None only where MUP surely has nothing of it.

    Raises:
        BackendError: that could not be told.
    """
    names = names_of(backend_id)
    first = next((one for name in names if (one := view.allocation(name))), None)
    if first is None:
        return None
    there = view.allocations(first.project)
    stem = stem_of(first.identifier)
    if stem and len(names) == 1:
        return by_stem(first.project, there, stem, components)
    named = [there[name] for name in names if name in there] or [first]
    return _by_type(first.project, named, components)


def by_stem(
    project: Id, there: Mapping[str, Allocation], stem: str, components: MupComponents
) -> Holding:
    """Pick the allocations that bear the names we give."""
    wanted = {name: proposed(stem, name) for name in components}
    parts = {name: there[called] for name, called in wanted.items() if called in there}
    known = {one.identifier for one in parts.values()}
    strays = [one for one in there.values() if stem_of(one.identifier) == stem]
    return Holding(
        project=project,
        parts=parts,
        strays=[one for one in strays if one.identifier not in known],
        stem=stem,
    )


def _by_type(project: Id, named: Sequence[Allocation], components: MupComponents) -> Holding:
    """Tell by their types which component each is of; of two alike, the first comes first."""
    left = list(named)
    parts: dict[str, Allocation] = {}
    for component in components.values():
        found = next((one for one in left if one.type == component.type), None)
        if found is not None:
            parts[component.name] = found
            left.remove(found)
    return Holding(project=project, parts=parts, strays=left)
