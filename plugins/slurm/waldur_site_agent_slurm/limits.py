"""Limits between Waldur and Slurm. Pure, and exact until the last step.

Waldur units are what people order (thousand CPU-hours); Slurm's are TRES-minutes, and for memory
MB-minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from waldur_site_agent.backend.component_mapping import ComponentMapper
from waldur_site_agent.backend.units import exact, unit_factor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from waldur_site_agent.backend.component_mapping import TargetMapping
    from waldur_site_agent.backend.component_types import Component, Components

ORDERED = ("limit", "one")
PREPAID = "one"
EVERYWHERE = frozenset({"cpu", "mem", "energy", "node", "billing"})
"""TRES that slurmdbd knows from its beginning: nobody has to ask whether a cluster has them."""
USED = "usage"


@dataclass(frozen=True)
class Known:
    """Limits for Slurm, without those of TRES that the cluster does not have."""

    limits: dict[str, int]
    unknown: frozenset[str]
    """The TRES that were left out."""


class LimitRules:
    """What an offering's components mean on the cluster."""

    def __init__(self, components: Components) -> None:
        """Read the components.

        Raises:
            ValueError: a factor of a target component is no number above 0.
        """
        self._components = components
        self._mapper = ComponentMapper(components)

    @property
    def has_prepaid(self) -> bool:
        """Whether some component is paid ahead, for a number of months."""
        return any(_kind(component) == PREPAID for component in self._components.values())

    @property
    def tres(self) -> frozenset[str]:
        """All TRES that the components stand for."""
        return frozenset(self._mapper.target_components)

    def components_of(self, tres: Iterable[str]) -> list[str]:
        """The components that stand for any of these TRES."""
        wanted = set(tres)
        return sorted(
            name
            for name, targets in self._mapper.forward.items()
            if wanted & {target.target_component for target in targets}
        )

    def targets_of(self, name: str) -> list[TargetMapping]:
        """The TRES that a component stands for, each with its factor."""
        return self._mapper.forward[name]

    def ordered(self, limits: Mapping[str, float]) -> dict[str, float]:
        """The part of an order's limits that is ordered rather than fixed by the site."""
        return {
            name: amount
            for name, amount in limits.items()
            if amount is not None
            and name in self._components
            and _kind(self._components[name]) in ORDERED
        }

    def fixed(self) -> dict[str, float]:
        """The caps that the site put on components billed by usage."""
        return {
            name: component["limit"]
            for name, component in self._components.items()
            if _kind(component) == USED and component.get("limit") is not None
        }

    def to_slurm(self, limits: Mapping[str, float], *, months: int = 1) -> dict[str, int]:
        """Turn limits in Waldur units into TRES-minutes, cut to whole numbers.

        With ``target_components`` anywhere, their factors carry everything for ordered components;
        otherwise ``unit_factor`` does. What is no component here is left out.

        Args:
            limits: by component.
            months: for how many months prepaid components were ordered.
        """
        known = {name: exact(v) for name, v in limits.items() if name in self._components}
        scaled = {
            name: v * self._months(name, months) * self.scale(name) for name, v in known.items()
        }
        totals: dict[str, Fraction] = {}
        for name, amount in scaled.items():
            for target in self._mapper.forward[name]:
                share = amount * exact(target.factor)
                key = target.target_component
                totals[key] = totals.get(key, Fraction(0)) + share
        return {name: int(total) for name, total in totals.items()}

    def _months(self, name: str, months: int) -> int:
        return months if _kind(self._components[name]) == PREPAID else 1

    def scale(self, name: str) -> Fraction:
        """TRES-minutes of one unit of a component, besides the factors of its targets."""
        component = self._components[name]
        if component.get("target_components"):
            return Fraction(1)
        is_mapped = not self._mapper.is_passthrough and _kind(component) in ORDERED
        return Fraction(1) if is_mapped else unit_factor(component)

    def to_waldur(self, limits: Mapping[str, int]) -> dict[str, int]:
        """Find the limits in Waldur units that led to Slurm's.

        Prepaid components are left out: what Slurm holds of them is for all months.
        """
        found = self.user_to_waldur(limits)
        return {
            name: amount
            for name, amount in found.items()
            if _kind(self._components[name]) != PREPAID
        }

    def changed_on_slurm(
        self, ordered: Mapping[str, float], current: Mapping[str, int]
    ) -> dict[str, int]:
        """Find what somebody changed on the cluster, in Waldur units.

        Args:
            ordered: the limits in Waldur units.
            current: Slurm's. What is not limited there counts as unchanged.
        """
        expected = self.to_slurm(ordered)
        changed = [tres for tres, limit in expected.items() if current.get(tres, limit) != limit]
        concerned = self.components_of(changed)
        return {name: v for name, v in self.to_waldur(current).items() if name in concerned}

    def user_to_waldur(self, limits: Mapping[str, int]) -> dict[str, int]:
        """Find the limits of a single user in Waldur units, which are for no number of months."""
        found = self._mapper.invert_limits({k: v for k, v in limits.items() if v >= 0})
        return {name: int(amount / self.scale(name)) for name, amount in found.items()}


def known_limits(limits: Mapping[str, int], tres: frozenset[str]) -> Known:
    """Leave out what the cluster cannot limit; an empty list of TRES says nothing."""
    unknown = frozenset(limits) - tres if tres else frozenset()
    return Known({name: v for name, v in limits.items() if name not in unknown}, unknown)


def months_between(created: date | None, end: date | None) -> int:
    """For how many months something is paid ahead: begun months count, and at least one.

    Where a date is missing, one.
    """
    if created is None or end is None:
        return 1
    months = (end.year - created.year) * 12 + (end.month - created.month)
    return max(1, months + (1 if end.day > created.day else 0))


def left_by_retirement(current: Mapping[str, int], wanted: Mapping[str, int]) -> frozenset[str]:
    """Zeros that a soft deletion left on TRES that are not limited otherwise."""
    return frozenset(name for name, limit in current.items() if limit == 0 and name not in wanted)


def _kind(component: Component) -> str:
    return str(component.get("accounting_type") or USED)
