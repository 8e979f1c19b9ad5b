"""An offering's components, and the kind of allocation that each has on MUP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.units import exact, unit_factor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from waldur_site_agent.backend.component_types import Component

TYPE_KEY = "mup_allocation_type"


@dataclass(frozen=True, kw_only=True)
class MupComponent:
    """One component: an allocation of one type, in MUP's units.

    Attributes:
        name: in Waldur.
        type: MUP's name of the kind of allocation.
        factor: how many of MUP's units one of Waldur's is.
    """

    name: str
    type: str
    factor: Fraction

    def size(self, amount: float) -> int:
        """Turn Waldur units into an allocation's size, cut to a whole number."""
        return int(exact(amount) * self.factor)

    def amount(self, size: float) -> float:
        """Turn MUP's units into Waldur's; whole numbers are ``int``."""
        amount = exact(size) / self.factor
        return int(amount) if amount.denominator == 1 else float(amount)


MupComponents: TypeAlias = dict[str, MupComponent]
"""By name, in the order of the settings."""


def read_components(raw: Mapping[str, Component]) -> MupComponents:
    """Read the components that have allocations.

    The settings schema gives each of the settings' components its type. One without is known to
    Waldur alone, and has no allocation.

    Raises:
        BackendError: a component that MUP cannot serve; the text names it.
    """
    return {name: _read(name, one) for name, one in raw.items() if one.get(TYPE_KEY)}


def amounts(components: MupComponents, sizes: Mapping[str, float]) -> dict[str, int]:
    """Turn sizes by component into Waldur units.

    The contract speaks of whole numbers; a size that makes none is told as it is.
    """
    told = {name: components[name].amount(size) for name, size in sizes.items()}
    return cast("dict[str, int]", told)


def _read(name: str, raw: Component) -> MupComponent:
    kind = raw.get("accounting_type")
    if kind != "limit":
        raise BackendError(
            f"backend_components.{name}.accounting_type: {kind!r} is not for MUP, whose "
            "allocations have a size; use 'limit'"
        )
    factor = unit_factor(raw)
    if factor <= 0:
        raise BackendError(f"backend_components.{name}.unit_factor: a number above 0 is expected")
    return MupComponent(name=name, type=str(raw[TYPE_KEY]).strip(), factor=factor)
