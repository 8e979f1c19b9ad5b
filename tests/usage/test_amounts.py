"""Amounts are exact until they are rounded, once, half up."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waldur_site_agent.usage.amounts import NoAmountError, exact, rounded, total

CENT = Fraction(1, 100)
EXACT = st.fractions(min_value=0, max_value=10**12, max_denominator=10**6)


@pytest.mark.parametrize(
    ("written", "rounds_to"),
    [
        (0, "0.00"),
        (0.005, "0.01"),
        (0.004999, "0.00"),
        (1.005, "1.01"),  # the binary fraction beside it is less, and would round down
        (2.675, "2.68"),
        (0.001 + 0.075 + 0.149, "0.23"),  # less than 0.225, by the arithmetic of floats
        (0.1 + 0.2, "0.30"),
        ("12.3450", "12.35"),
        (Fraction(1, 3), "0.33"),
        (Fraction(2, 3), "0.67"),
        (Decimal("1980.60"), "1980.60"),
        (10**15, "1000000000000000.00"),
        (1e-9, "0.00"),
    ],
)
def test_rounding(written: object, rounds_to: str) -> None:
    assert str(rounded(exact(written))) == rounds_to


@pytest.mark.parametrize(
    "written", [float("nan"), float("inf"), None, "", "x", True, [], {}, "1/0"]
)
def test_what_is_no_number_is_refused(written: object) -> None:
    with pytest.raises(NoAmountError, match="is no number"):
        exact(written)


def test_amounts_below_zero_are_refused() -> None:
    with pytest.raises(NoAmountError, match="below zero"):
        exact(-0.01)


@given(EXACT)
def test_rounding_is_to_the_nearest_hundredth(amount: Fraction) -> None:
    assert abs(Fraction(rounded(amount)) - amount) <= CENT / 2


@given(EXACT, EXACT)
def test_more_is_never_rounded_to_less(one: Fraction, other: Fraction) -> None:
    assert rounded(one) <= rounded(one + other)


@given(st.lists(EXACT, max_size=30))
def test_a_total_is_the_sum_of_what_users_are_shown(parts: list[Fraction]) -> None:
    assert total(sum(parts, Fraction()), parts) == sum(map(rounded, parts), Decimal(0))


@given(st.lists(EXACT, max_size=30), EXACT)
def test_a_total_is_off_by_half_a_hundredth_for_each_part_at_most(
    parts: list[Fraction], rest: Fraction
) -> None:
    whole = sum(parts, rest)
    assert abs(Fraction(total(whole, parts)) - whole) <= (len(parts) + 1) * CENT / 2


@given(st.lists(EXACT, min_size=1, max_size=10), st.data())
def test_a_total_grows_when_a_part_grows(parts: list[Fraction], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(parts) - 1))
    more = [*parts]
    more[index] += data.draw(EXACT)
    assert total(sum(parts, Fraction()), parts) <= total(sum(more, Fraction()), more)
