"""What was used on the target, in the source's components. Pure, and exact up to the last step.

Where a component stands for several of the target's, the offering says how their usages become
one number: see :class:`~waldur_site_agent_waldur.settings.MappedUsage`. Components that share a
target are each credited with all of it, as by the 1.x agent.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from waldur_site_agent.backend.component_mapping import ComponentMapper
from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE
from waldur_site_agent.backend.units import exact
from waldur_site_agent_waldur.settings import MappedUsage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waldur_site_agent.backend.component_types import Components
    from waldur_site_agent.backend.structures import ResourceUsage

Used: TypeAlias = "Mapping[str, Decimal]"
"""By the target's components, in the target's units."""


@dataclass(frozen=True)
class Share:
    """A target of a component, and how many of it are one unit."""

    target: str
    factor: Fraction

    def of(self, used: Used) -> Fraction:
        """Units of the component that were used of this target."""
        return Fraction(used.get(self.target, Decimal(0))) / self.factor


class UsageRules:
    """What an offering's components mean when usage is reported."""

    def __init__(self, components: Components, mapped: MappedUsage) -> None:
        """Read the components.

        Raises:
            ValueError: a factor is no number, or below zero.
        """
        self._mapped = mapped
        self._shares = {
            name: [
                Share(each.target_component, exact(each.factor)) for each in targets if each.factor
            ]
            for name, targets in ComponentMapper(components).forward.items()
        }

    def to_source(self, total: Used, by_user: Mapping[str, Used]) -> ResourceUsage:
        """Turn a resource's usage on the target into that on the source; names every component."""
        weights = {name: self._weights(name, total) for name in self._shares}
        rows = {TOTAL_ACCOUNT_USAGE: total, **by_user}
        return {
            user: {name: self._amount(name, weights[name], used) for name in self._shares}
            for user, used in rows.items()
        }

    def _amount(self, name: str, weights: Sequence[Fraction], used: Used) -> float:
        pairs = zip(self._shares[name], weights, strict=True)
        return float(sum((weight * share.of(used) for share, weight in pairs), Fraction()))

    def _weights(self, name: str, total: Used) -> list[Fraction]:
        """How much each target of a component counts, the same for all users of a resource."""
        shares = self._shares[name]
        match self._mapped:
            case MappedUsage.SUM:
                return [Fraction(1)] * len(shares)
            case MappedUsage.MEAN:
                return [Fraction(1, len(shares) or 1)] * len(shares)
            case MappedUsage.MAX:
                most = max(shares, key=lambda share: share.of(total), default=None)
                return [Fraction(share is most) for share in shares]
