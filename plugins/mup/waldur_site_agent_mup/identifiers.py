"""Names of allocations, and the backend id that stands for a resource's allocations together.

We propose ``<prefix><the resource's UUID>_<component>``, as 1.x did: nobody else's allocation is
called so, and whoever comes after a crash knows what to look for. The backend id is the first
one's name, from which the others follow. Where MUP gives names of its own, nothing follows from
one, so the backend id is all of them with commas between.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

SEPARATOR = ","
_OURS = re.compile(r"(?P<stem>.*[0-9a-f]{32})_(?P<component>.+)")


def stem(prefix: str, resource: UUID) -> str:
    """What the names of a resource's allocations begin with."""
    return f"{prefix}{resource.hex}"


def proposed(stem: str, component: str) -> str:
    """The name that we propose for a component's allocation."""
    return f"{stem}_{component}"


def stem_of(backend_id: str) -> str:
    """What the names of all the resource's allocations begin with; blank where nothing does."""
    found = _OURS.fullmatch(backend_id)
    return found["stem"] if found and SEPARATOR not in backend_id else ""


def names_of(backend_id: str) -> list[str]:
    """The names of allocations that a backend id tells."""
    return [name for part in backend_id.split(SEPARATOR) if (name := part.strip())]


def backend_id(names: Sequence[str], ours: Iterable[str]) -> str:
    """Write the backend id of a resource.

    Args:
        names: its allocations', in the order of the components.
        ours: the names that we would have given.
    """
    return names[0] if set(names) <= set(ours) else SEPARATOR.join(names)
