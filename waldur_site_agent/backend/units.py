"""Turning amounts between Waldur units and backend units, exactly until the last step."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent.backend.component_types import Components


def exact(number: object) -> Fraction:
    """Read a number as it is written: 0.1 is a tenth, not the binary fraction beside it.

    Raises:
        ValueError: it is no number, or not a finite one.
    """
    return Fraction(str(number))


def unit_factor(component: Mapping[str, object]) -> Fraction:
    """How many backend units one Waldur unit of a component is; 1 where nothing is said."""
    factor = component.get("unit_factor")
    return Fraction(1) if factor is None else exact(factor)


def to_backend_units(limits: Mapping[str, float], components: Components) -> dict[str, int]:
    """Turn limits into backend units, cut to whole numbers.

    What is no component here, or has no amount, is left out.
    """
    return {
        name: int(exact(amount) * unit_factor(components[name]))
        for name, amount in limits.items()
        if name in components and amount is not None
    }
