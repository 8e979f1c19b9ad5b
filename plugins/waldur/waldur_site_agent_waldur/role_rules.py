"""Which roles somebody has on the target, by the role on the source. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

SCOPE = "PROJECT."
LEAST = "PROJECT.MEMBER"
"""What somebody gets whose role the source does not tell."""


class RoleRules:
    """The ``role_mapping`` setting. Names are with or without ``PROJECT.``, in any case."""

    def __init__(self, mapping: Mapping[str, str]) -> None:
        """Read the mapping: name on the source → name on the target."""
        self._mapping = {_full(name): _full(other) for name, other in mapping.items()}

    @property
    def targets(self) -> frozenset[str]:
        """The names on the target that the mapping leads to."""
        return frozenset(self._mapping.values())

    def on_target(self, role: str) -> str:
        """The target's name for a role of the source; one that is not mapped stays the same."""
        name = _full(role) if role else LEAST
        return self._mapping.get(name, name)


@dataclass(frozen=True)
class RoleChange:
    """What one person's roles need: grants first, so that nobody is without one in between."""

    grant: frozenset[str] = frozenset()
    revoke: frozenset[str] = frozenset()


def role_change(wanted: Collection[str], present: Collection[str]) -> RoleChange:
    """Compare the roles that somebody is to have with those that somebody has."""
    wanted, present = frozenset(wanted), frozenset(present)
    return RoleChange(grant=wanted - present, revoke=present - wanted)


def _full(name: str) -> str:
    """Servers of 2024 call a role ``member`` that is ``PROJECT.MEMBER`` elsewhere."""
    upper = name.strip().upper()
    return upper if "." in upper else f"{SCOPE}{upper}"
