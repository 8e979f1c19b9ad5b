"""Which months are reported, and by which moment Waldur files them, in every zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waldur_site_agent.usage.periods import (
    Month,
    asked_months,
    months_between,
    months_to_report,
)

# Etc/GMT+12 is UTC-12: the signs of these names are the other way round.
ZONES = [
    *(f"Etc/GMT{offset:+}" for offset in range(-14, 13)),
    "America/Denver",
    "Europe/Tallinn",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
]
MONTHS = st.builds(Month, st.integers(1990, 2100), st.integers(1, 12))

BEGINNINGS = [
    # zone, month, the moment by which Waldur files it
    ("UTC", "2026-11", "2026-11-01T00:00:00+00:00"),
    ("Europe/Tallinn", "2026-11", "2026-11-01T00:00:00+00:00"),
    ("Asia/Tokyo", "2026-01", "2026-01-01T00:00:00+00:00"),
    ("Pacific/Kiritimati", "2026-01", "2026-01-01T00:00:00+00:00"),
    ("America/Denver", "2026-11", "2026-11-01T06:00:00+00:00"),
    ("America/Denver", "2026-12", "2026-12-01T07:00:00+00:00"),
    ("Etc/GMT+12", "2026-11", "2026-11-01T12:00:00+00:00"),
    ("Asia/Kathmandu", "2028-02", "2028-02-01T00:00:00+00:00"),
    # Samoa left out the last days of December 2011, and moved from UTC-10 to UTC+14.
    ("Pacific/Apia", "2011-12", "2011-12-01T10:00:00+00:00"),
    ("Pacific/Apia", "2012-01", "2012-01-01T00:00:00+00:00"),
]


@pytest.mark.parametrize(("zone", "month", "moment"), BEGINNINGS)
def test_a_month_is_filed_by_its_first_moment(zone: str, month: str, moment: str) -> None:
    assert Month.parse(month).begin(ZoneInfo(zone)).isoformat() == moment


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("month", ["2024-02", "2026-03", "2026-10", "2026-12", "2027-01"])
def test_the_moment_is_in_the_month_at_the_site_and_in_utc(zone: str, month: str) -> None:
    wanted = Month.parse(month)
    moment = wanted.begin(ZoneInfo(zone))
    assert Month.of(moment, UTC) == wanted
    assert Month.of(moment, ZoneInfo(zone)) == wanted


@given(MONTHS, st.integers(-12 * 60, 14 * 60))
def test_that_holds_for_every_offset(month: Month, minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    moment = month.begin(zone)
    assert Month.of(moment, UTC) == month
    assert Month.of(moment, zone) == month
    before = moment - timedelta(seconds=1)
    assert Month.of(before, UTC) < month or Month.of(before, zone) < month


REPORTED = [
    # zone, now, periods, months
    ("UTC", "2026-11-24T15:00Z", 1, ["2026-11"]),
    ("UTC", "2026-11-24T15:00Z", 3, ["2026-09", "2026-10", "2026-11"]),
    ("UTC", "2027-01-15T00:00Z", 2, ["2026-12", "2027-01"]),
    # A month's last second and first one; during the first day the previous month is closed off.
    ("UTC", "2026-11-30T23:59:59Z", 1, ["2026-11"]),
    ("UTC", "2026-12-01T00:00:00Z", 1, ["2026-11", "2026-12"]),
    ("UTC", "2026-12-01T23:59:59Z", 1, ["2026-11", "2026-12"]),
    ("UTC", "2026-12-02T00:00:00Z", 1, ["2026-12"]),
    ("UTC", "2026-12-01T12:00Z", 2, ["2026-11", "2026-12"]),
    ("UTC", "2028-02-29T23:59Z", 1, ["2028-02"]),
    ("UTC", "2028-03-01T00:00Z", 1, ["2028-02", "2028-03"]),
    # East of UTC: December has begun at the site and not in UTC.
    ("Europe/Tallinn", "2026-11-30T21:59Z", 1, ["2026-11"]),
    ("Europe/Tallinn", "2026-11-30T22:00Z", 1, ["2026-11"]),
    ("Europe/Tallinn", "2026-12-01T00:00Z", 1, ["2026-11", "2026-12"]),
    ("Pacific/Kiritimati", "2026-11-30T10:00Z", 2, ["2026-11"]),
    ("Pacific/Kiritimati", "2026-11-30T10:00Z", 3, ["2026-10", "2026-11"]),
    # West of UTC: December has begun in UTC and not at the site.
    ("America/Denver", "2026-12-01T06:59Z", 1, ["2026-11"]),
    ("America/Denver", "2026-12-01T07:00Z", 1, ["2026-11", "2026-12"]),
    ("Etc/GMT+12", "2026-12-01T11:59Z", 1, ["2026-11"]),
    # Clocks go back in the night of 25 October, and forward on 29 March.
    ("Europe/Tallinn", "2026-10-25T00:30Z", 1, ["2026-10"]),
    ("Europe/Tallinn", "2026-03-29T01:30Z", 1, ["2026-03"]),
]


@pytest.mark.parametrize(("zone", "now", "periods", "months"), REPORTED)
def test_which_months_a_pass_reports(zone: str, now: str, periods: int, months: list[str]) -> None:
    reported = months_to_report(datetime.fromisoformat(now), ZoneInfo(zone), periods)
    assert [str(month) for month in reported] == months


@given(
    st.datetimes(datetime(1995, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the strategy wants bounds without a zone
    st.sampled_from(ZONES),
    st.integers(1, 24),
)
def test_reported_months_follow_each_other_and_have_begun(
    now: datetime, zone: str, periods: int
) -> None:
    months = months_to_report(now, ZoneInfo(zone), periods)
    assert months == months_between(months[0], months[-1])
    assert months[-1].begin(ZoneInfo(zone)) <= now
    assert len(months) in (periods - 1, periods, periods + 1)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "0000-01", "2026-1", "26-01", "2026-11-01", "x"]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write it as YYYY-MM"):
        Month.parse(text)


@given(MONTHS)
def test_a_month_is_read_as_it_is_written(month: Month) -> None:
    assert Month.parse(str(month)) == month
    assert month.before(0) == month
    assert month.first_day == date(month.year, month.month, 1)


@given(MONTHS, st.integers(1, 40))
def test_going_back_and_counting_agree(month: Month, back: int) -> None:
    between = months_between(month.before(back), month)
    assert len(between) == back + 1
    assert between[-1] == month
    assert months_between(month, month.before(back)) == []


def test_months_that_a_person_asks_for_are_sorted_and_have_begun() -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    asked = asked_months(["2026-11", "2026-09", "2026-11"], "UTC", now=now)
    assert asked == [Month(2026, 9), Month(2026, 11)]
    with pytest.raises(ValueError, match="2026-12 has not begun"):
        asked_months(["2026-12"], "UTC", now=now)
