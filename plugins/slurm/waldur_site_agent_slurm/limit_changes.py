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


def replacing(
    current: Mapping[str, int], wanted: Mapping[str, int], inherited: Mapping[str, int]
) -> dict[str, int]:
    """The limits that have to be written for just the wanted ones to be left.

    Args:
        current: those that hold, whether they are a user's own or inherited.
        wanted: a user's own.
        inherited: the account's, which cannot be cleared from a user.
    """
    cleared = dict.fromkeys(own(current, inherited), CLEARED)
    return differing(current, {**cleared, **wanted})


def own(current: Mapping[str, int], inherited: Mapping[str, int]) -> dict[str, int]:
    """The limits that are a user's own. One like the account's counts as the account's."""
    return {name: limit for name, limit in current.items() if inherited.get(name) != limit}


def merged(current: Mapping[str, int], changes: Mapping[str, int]) -> dict[str, int]:
    """What the limits are once the changes are written."""
    return {name: limit for name, limit in {**current, **changes}.items() if limit != CLEARED}
