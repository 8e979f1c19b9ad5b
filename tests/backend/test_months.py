"""Months, sums and limits that 1.x plugins compute with functions of the core."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import time_machine

from waldur_site_agent.backend.utils import (
    format_current_month,
    format_month_period,
    generate_monthly_periods,
    get_current_time_in_timezone,
    get_usage_based_limits,
    sum_dicts,
)

if TYPE_CHECKING:
    from waldur_site_agent.backend.component_types import Components

JANUARY = ("2024-01-01T00:00:00", "2024-01-31T23:59:59")
FEBRUARY = ("2024-02-01T00:00:00", "2024-02-29T23:59:59")


@pytest.mark.parametrize(
    ("year", "month", "period"),
    [
        (2024, 1, JANUARY),
        (2024, 2, FEBRUARY),
        (2023, 12, ("2023-12-01T00:00:00", "2023-12-31T23:59:59")),
    ],
)
def test_writes_a_months_first_and_last_second(year: int, month: int, period: object) -> None:
    assert format_month_period(year, month) == period


@pytest.mark.parametrize("month", [0, 13, -1])
def test_there_are_twelve_months(month: int) -> None:
    with pytest.raises(ValueError, match="month"):
        format_month_period(2024, month)
    with pytest.raises(ValueError, match="month"):
        generate_monthly_periods(2024, month, 2024, 5)


@pytest.mark.parametrize(
    ("zone", "period"), [("Europe/Tallinn", FEBRUARY), ("UTC", JANUARY), ("America/Lima", JANUARY)]
)
def test_the_current_month_is_the_zones(zone: str, period: object) -> None:
    with time_machine.travel(datetime(2024, 1, 31, 23, 30, tzinfo=UTC), tick=False):
        assert format_current_month(zone) == period


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc", "", None])
def test_a_zone_that_nobody_knows_is_the_systems(zone: str | None) -> None:
    with time_machine.travel(datetime(2024, 1, 15, tzinfo=UTC), tick=False):
        now = get_current_time_in_timezone(zone)

    assert now == datetime(2024, 1, 15, tzinfo=UTC)
    assert now.tzinfo is not None


@pytest.mark.parametrize(
    ("span", "months"),
    [
        ((2023, 12, 2024, 2), [(2023, 12), (2024, 1), (2024, 2)]),
        ((2024, 1, 2024, 1), [(2024, 1)]),
        ((2024, 2, 2024, 1), []),
    ],
)
def test_lists_months_both_ends_included(
    span: tuple[int, int, int, int], months: list[tuple[int, int]]
) -> None:
    assert generate_monthly_periods(*span) == [
        (y, m, *format_month_period(y, m)) for y, m in months
    ]


def test_adds_up_by_key() -> None:
    assert sum_dicts([{"a": 1, "b": 2}, {}, {"a": 0.5}]) == {"a": 1.5, "b": 2}
    assert sum_dicts([]) == {}


def test_limits_of_what_is_billed_by_usage() -> None:
    components: Components = {
        "cpu": {"accounting_type": "usage", "limit": 10, "unit_factor": 60000},
        "gpu": {"accounting_type": "usage", "limit": 3},
        "free": {"accounting_type": "usage"},
        "mem": {"accounting_type": "limit", "limit": 10},
    }

    assert get_usage_based_limits(components) == {"cpu": 600000, "gpu": 3}
