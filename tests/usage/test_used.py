"""What a plugin reports becomes amounts, or is not believed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE as TOTAL
from waldur_site_agent.usage.amounts import NoAmountError
from waldur_site_agent.usage.used import nothing, read_used


def same(name: str) -> str:
    return name


def test_totals_and_users_are_rounded_once() -> None:
    used = read_used(
        {TOTAL: {"cpu": 0.01}, "ada": {"cpu": 0.005}, "grace": {"cpu": 0.005}}, name_of=same
    )
    assert used.users == {"ada": {"cpu": Decimal("0.01")}, "grace": {"cpu": Decimal("0.01")}}
    assert used.totals == {"cpu": Decimal("0.02")}


def test_what_no_user_used_is_a_part_of_the_total() -> None:
    used = read_used({TOTAL: {"cpu": 12.5}, "ada": {"cpu": 2.25}}, name_of=same)
    assert used.totals == {"cpu": Decimal("12.50")}


def test_forms_of_one_name_are_added_up_before_rounding() -> None:
    used = read_used(
        {TOTAL: {"cpu": 0.008}, "ada": {"cpu": 0.004}, "ADA": {"cpu": 0.004}},
        name_of=str.lower,
    )
    assert used.users == {"ada": {"cpu": Decimal("0.01")}}
    assert used.totals == {"cpu": Decimal("0.01")}


def test_a_users_component_without_a_total_is_not_told() -> None:
    used = read_used({TOTAL: {"cpu": 1}, "ada": {"cpu": 1, "mem": 7}}, name_of=same)
    assert used.users == {"ada": {"cpu": Decimal("1.00")}}


def test_usage_without_a_name_belongs_to_nobody() -> None:
    used = read_used({TOTAL: {"cpu": 3}, "": {"cpu": 3}}, name_of=same)
    assert used.users == {}
    assert used.totals == {"cpu": Decimal("3.00")}


def test_idle_is_zero() -> None:
    assert nothing(["cpu"]).totals == {"cpu": Decimal("0.00")}


@pytest.mark.parametrize(
    "reported",
    [
        None,
        [],
        {},
        {"ada": {"cpu": 1}},
        {TOTAL: None},
        {TOTAL: {"cpu": None}},
        {TOTAL: {"cpu": float("nan")}},
        {TOTAL: {"cpu": -1}},
        {TOTAL: {"cpu": 1}, "ada": {"cpu": "much"}},
        {TOTAL: {"cpu": 1}, "ada": 1},
    ],
)
def test_what_is_no_usage_is_not_taken_for_one(reported: object) -> None:
    with pytest.raises(NoAmountError):
        read_used(reported, name_of=same)
