"""Exact amounts, and the one place where they are rounded.

Pure. Waldur takes two decimals.
"""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

HUNDREDTHS = 100
NOISE = 9
ZERO = Decimal("0.00")
HALF = Fraction(1, 2)


class NoAmountError(ValueError):
    """What a plugin reports as an amount is none."""


def exact(number: object) -> Fraction:
    """Read an amount as it is written: 0.1 is a tenth, not the binary fraction beside it.

    Of a float, what is beyond the ninth decimal is noise of its own arithmetic, and would now and
    then round an amount to less than before.

    Raises:
        NoAmountError: it is no finite number, or below zero.
    """
    try:
        amount = Fraction(str(round(number, NOISE) if isinstance(number, float) else number))
    except (ValueError, ZeroDivisionError):
        raise NoAmountError(f"{number!r} is no number") from None
    if amount < 0:
        raise NoAmountError(f"{number!r} is below zero")
    return amount


def rounded(amount: Fraction) -> Decimal:
    """Round to two decimals, half up, exactly."""
    return Decimal(math.floor(amount * HUNDREDTHS + HALF)).scaleb(-2)


def total(whole: Fraction, parts: Iterable[Fraction]) -> Decimal:
    """Write a total so that it is the sum of its rounded parts and of a rounded rest.

    Args:
        whole: the exact total.
        parts: what single users have of it, exactly.
    """
    known = list(parts)
    rest = rounded(whole - sum(known, Fraction()))
    return max(ZERO, sum((rounded(part) for part in known), rest))
