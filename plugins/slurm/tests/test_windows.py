from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waldur_site_agent_slurm.windows import Window, month_window

ZONES = [
    "UTC",
    "Etc/GMT+12",
    "Pacific/Kiritimati",
    "Europe/Tallinn",
    "America/Denver",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Asia/Beirut",
]


def shown(window: Window) -> tuple[str, str]:
    start, end = (datetime.fromtimestamp(at, UTC) for at in (window.start, window.end))
    return f"{start:%Y-%m-%d %H:%M}", f"{end:%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("zone", "month", "span"),
    [
        ("UTC", (2024, 1), ("2024-01-01 00:00", "2024-02-01 00:00")),
        ("UTC", (2024, 2), ("2024-02-01 00:00", "2024-03-01 00:00")),
        ("UTC", (2023, 2), ("2023-02-01 00:00", "2023-03-01 00:00")),
        ("UTC", (2026, 12), ("2026-12-01 00:00", "2027-01-01 00:00")),
        ("Etc/GMT+12", (2026, 11), ("2026-11-01 12:00", "2026-12-01 12:00")),
        ("Pacific/Kiritimati", (2026, 11), ("2026-10-31 10:00", "2026-11-30 10:00")),
        # A month with the spring's change is an hour shorter, one with the autumn's longer.
        ("Europe/Tallinn", (2026, 3), ("2026-02-28 22:00", "2026-03-31 21:00")),
        ("Europe/Tallinn", (2026, 10), ("2026-09-30 21:00", "2026-10-31 22:00")),
        ("Asia/Kathmandu", (2026, 11), ("2026-10-31 18:15", "2026-11-30 18:15")),
        # Asuncion went from 0:00 to 1:00 at the first midnight of October 2017: there was none.
        ("America/Asuncion", (2017, 10), ("2017-10-01 04:00", "2017-11-01 03:00")),
        # Beirut's clocks may go back at midnight; the month begins at the first of both.
        ("Asia/Beirut", (2021, 11), ("2021-10-31 22:00", "2021-11-30 22:00")),
    ],
)
def test_a_month_begins_and_ends_at_the_sites_midnight(
    zone: str, month: tuple[int, int], span: tuple[str, str]
) -> None:
    assert shown(month_window(*month, zone)) == span


@given(year=st.integers(1990, 2040), month=st.integers(1, 12), zone=st.sampled_from(ZONES))
def test_months_leave_no_second_out_and_share_none(year: int, month: int, zone: str) -> None:
    following = month_window(year + month // 12, month % 12 + 1, zone)
    assert month_window(year, month, zone).end == following.start


def test_without_a_zone_the_hosts_own_counts() -> None:
    local = datetime(2026, 5, 1).astimezone()
    assert month_window(2026, 5).start == int(local.timestamp())


@pytest.mark.parametrize("zone", ["Europe/Talin", "Europe", "../etc/passwd", "\0"])
def test_an_unknown_zone_is_told(zone: str) -> None:
    with pytest.raises(ValueError, match="time zone"):
        month_window(2026, 5, zone)


@pytest.mark.parametrize("month", [0, 13])
def test_there_are_twelve_months(month: int) -> None:
    with pytest.raises(ValueError, match="month"):
        month_window(2026, month, "UTC")


def test_the_future_is_cut_off() -> None:
    assert Window(10, 20).until(15) == Window(10, 15)
    assert Window(10, 20).until(30) == Window(10, 20)
    assert Window(10, 20).until(5).seconds == 0
