"""What is installed. Only metadata are read; no plugin is imported."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, entry_points, version
from typing import TYPE_CHECKING

from waldur_site_agent.plugins.groups import Group

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

SDK = "waldur-api-client"
"""Waldur's generated client, which some plugins use."""


@dataclass(frozen=True, kw_only=True)
class Installed:
    """One entry point of a plugin.

    Attributes:
        name: what operators write into the configuration.
        distribution: the package's name, such as ``waldur-site-agent-slurm``.
    """

    group: Group
    name: str
    distribution: str
    version: str
    entry_point: EntryPoint

    def __str__(self) -> str:
        """Say whose it is and where: for messages."""
        return (
            f'{self.group.noun} "{self.name}" of {self.distribution} {self.version} '
            f"({self.entry_point.value})"
        )


def installed(group: Group) -> tuple[Installed, ...]:
    """List a group's entry points by name; a name comes twice when two distributions have it."""
    return tuple(found for found in _scan(tuple(sys.path)) if found.group is group)


def names(group: Group) -> tuple[str, ...]:
    """The names that a group provides."""
    return tuple(dict.fromkeys(found.name for found in installed(group)))


def agent_packages() -> dict[str, str]:
    """The plugins' distributions and Waldur's SDK, as far as installed, with their versions."""
    packages = {found.distribution: found.version for found in _scan(tuple(sys.path))}
    with suppress(PackageNotFoundError):
        packages[SDK] = version(SDK)
    return packages


@lru_cache(maxsize=8)
def _scan(_search_path: tuple[str, ...]) -> tuple[Installed, ...]:
    """Read every distribution's entry points; the search path is what makes an answer stale."""
    found = [
        _installed(group, entry_point)
        for group in Group
        for entry_point in entry_points(group=group.value)
    ]
    return tuple(sorted(found, key=lambda one: (one.group, one.name, one.distribution)))


def _installed(group: Group, entry_point: EntryPoint) -> Installed:
    distribution = entry_point.dist
    return Installed(
        group=group,
        name=entry_point.name,
        distribution=distribution.name if distribution else "an unnamed distribution",
        version=distribution.version if distribution else "?",
        entry_point=entry_point,
    )
