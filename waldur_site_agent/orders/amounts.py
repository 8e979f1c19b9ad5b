"""Limits as numbers, however they were written."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from waldur_site_agent.orders.failures import OrderLeftError

if TYPE_CHECKING:
    from collections.abc import Mapping


def amounts(limits: Mapping[str, object]) -> dict[str, int | float]:
    """Read limits: component type → amount in Waldur units.

    Waldur writes decimals as text in places, and multiplying a text repeats it. An amount that is
    null says nothing, and is left out.

    Raises:
        OrderLeftError: an amount is no number.
    """
    return {name: _amount(name, value) for name, value in limits.items() if value is not None}


def _amount(name: str, value: object) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return value
    number = _read(value) if isinstance(value, str) else math.nan
    if not math.isfinite(number):
        raise OrderLeftError(f"the limit of {name} is {value!r} in Waldur, which is no number")
    return int(number) if number.is_integer() else number


def _read(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
