"""Amounts of credits, exactly as they are written. Pure."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation


def credits_of(text: object) -> Decimal:
    """Read an amount of MAM or of Waldur.

    Raises:
        ValueError: it is no number, or not a finite one.
    """
    try:
        amount = Decimal(str(text).strip())
    except InvalidOperation:
        raise ValueError(f"{text!r} is no amount") from None
    if not amount.is_finite():
        raise ValueError(f"{text!r} is no amount")
    return amount


def written(amount: Decimal) -> str:
    """Write an amount for MAM: 150, 0.5, never 1.5E+2."""
    return format(amount.normalize(), "f")


def as_number(amount: Decimal) -> int:
    """Turn an amount into the number that Waldur takes: whole where it is whole."""
    return int(amount) if amount == int(amount) else float(amount)  # type: ignore[return-value]  # the contract's int is any number
