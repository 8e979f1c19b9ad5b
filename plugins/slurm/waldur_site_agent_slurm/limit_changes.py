"""What has to be written for limits to be as wanted. Pure; TRES-minutes, and ``CLEARED``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_slurm.commands import CLEARED

if TYPE_CHECKING:
    from collections.abc import Mapping


def differing(current: Mapping[str, int], wanted: Mapping[str, int]) -> dict[str, int]:
    """The limits that have to be written; one that is to be cleared, only if it is set."""
    return {
        name: max(limit, CLEARED)
        for name, limit in wanted.items()
        if current.get(name, CLEARED) != max(limit, CLEARED)
    }


def replacing(current: Mapping[str, int], wanted: Mapping[str, int]) -> dict[str, int]:
    """The limits that have to be written for just the wanted ones to be left."""
    return differing(current, {**dict.fromkeys(current, CLEARED), **wanted})


def merged(current: Mapping[str, int], changes: Mapping[str, int]) -> dict[str, int]:
    """What the limits are once the changes are written."""
    return {name: limit for name, limit in {**current, **changes}.items() if limit != CLEARED}
