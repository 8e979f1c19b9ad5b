"""Limits as numbers, however Waldur wrote them."""

from __future__ import annotations

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waldur_site_agent.orders.amounts import amounts
from waldur_site_agent.orders.failures import OrderLeftError


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"cpu": 10}, {"cpu": 10}),
        ({"cpu": 1.5}, {"cpu": 1.5}),
        ({"cpu": "10"}, {"cpu": 10}),
        ({"cpu": "10.00"}, {"cpu": 10}),
        ({"cpu": " 2.5 "}, {"cpu": 2.5}),
        ({"cpu": None, "mem": 0}, {"mem": 0}),
        ({}, {}),
    ],
)
def test_numbers(written: dict[str, object], read: dict[str, float]) -> None:
    assert amounts(written) == read
    assert [type(value) for value in amounts(written).values()] == [type(v) for v in read.values()]


@pytest.mark.parametrize("value", ["plenty", "", True, [], {}, math.inf, math.nan, "nan", "1e999"])
def test_what_is_no_number_is_told_by_its_component(value: object) -> None:
    with pytest.raises(OrderLeftError, match=r"the limit of gpu .* is no number"):
        amounts({"cpu": 1, "gpu": value})


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.floats(), st.integers(), st.none())))
def test_any_limits_are_numbers_or_left(limits: dict[str, object]) -> None:
    with suppress(OrderLeftError):
        assert all(math.isfinite(value) for value in amounts(limits).values())
