"""What used TRES are in Waldur's components. Pure, and exact up to the last step.

One unit of a component is so many TRES-minutes of each of its targets. Where it has several, the
offering says how they become one number: see :class:`MappedUsage`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE
from waldur_site_agent.backend.units import exact
from waldur_site_agent_slurm.accounting import total
from waldur_site_agent_slurm.settings import MappedUsage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waldur_site_agent.backend.component_types import Components
    from waldur_site_agent.backend.structures import ResourceUsage
    from waldur_site_agent_slurm.accounting import TresSeconds, UsedByUsers
    from waldur_site_agent_slurm.limits import LimitRules

SECONDS = 60
"""Seconds in the minutes that factors count."""


@dataclass(frozen=True)
class Target:
    """A TRES that a component stands for."""

    tres: str
    unit: Fraction
    """TRES-seconds that are one unit of the component."""

    def share(self, used: TresSeconds) -> Fraction:
        """Units of the component that were used of this target."""
        return Fraction(used.get(self.tres, 0)) / self.unit


class UsageRules:
    """What an offering's components mean when usage is reported."""

    def __init__(self, components: Components, limits: LimitRules, *, mapped: MappedUsage) -> None:
        """Read the components.

        Args:
            components: the offering's.
            limits: how the same components are limited, for both have to be in the same units.
            mapped: what becomes of components that stand for several TRES.

        Raises:
            ValueError: ``unit_factor`` or ``unit_factor_reporting`` is no number above 0.
        """
        self._mapped = mapped
        self._targets = {name: _targets(name, components, limits) for name in components}

    @property
    def tres(self) -> frozenset[str]:
        """All TRES that count."""
        return frozenset(target.tres for targets in self._targets.values() for target in targets)

    def to_waldur(self, used: UsedByUsers) -> ResourceUsage:
        """Turn what an account's users used into Waldur units; every component is named.

        Each user's amounts and, of all jobs, the total; they add up to it, but for jobs of nobody.
        """
        whole = total(used)
        weights = {name: self._weights(name, whole) for name in self._targets}
        named = {TOTAL_ACCOUNT_USAGE: whole, **{user: of for user, of in used.items() if user}}
        return {
            user: {name: self._amount(name, weights[name], of) for name in self._targets}
            for user, of in named.items()
        }

    def _amount(self, name: str, weights: Sequence[Fraction], used: TresSeconds) -> float:
        pairs = zip(self._targets[name], weights, strict=True)
        return float(sum((weight * target.share(used) for target, weight in pairs), Fraction()))

    def _weights(self, name: str, whole: TresSeconds) -> list[Fraction]:
        """How much each target of a component counts, the same for all users of an account."""
        targets = self._targets[name]
        match self._mapped:
            case MappedUsage.SUM:
                return [Fraction(1)] * len(targets)
            case MappedUsage.MEAN:
                return [Fraction(1, len(targets) or 1)] * len(targets)
            case MappedUsage.MAX:
                most = max(targets, key=lambda target: target.share(whole), default=None)
                return [Fraction(target is most) for target in targets]


def _targets(name: str, components: Components, limits: LimitRules) -> list[Target]:
    """The targets of a component; one with the factor 0 counts for nothing."""
    scale = _scale(name, components, limits) * SECONDS
    return [
        Target(each.target_component, exact(each.factor) * scale)
        for each in limits.targets_of(name)
        if each.factor
    ]


def _scale(name: str, components: Components, limits: LimitRules) -> Fraction:
    """TRES-minutes of one unit, besides the factor of a target."""
    component: Mapping[str, object] = components[name]
    own = component.get("unit_factor_reporting")
    is_mapped = bool(component.get("target_components"))
    scale = limits.scale(name) if own is None or is_mapped else exact(own)
    if scale <= 0:
        key = "unit_factor" if own is None else "unit_factor_reporting"
        raise ValueError(f"backend_components.{name}.{key} should be a number above 0")
    return scale
