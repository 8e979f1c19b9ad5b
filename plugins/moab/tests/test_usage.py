from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE, Measured
from waldur_site_agent_moab.months import month_window
from waldur_site_agent_moab.parser import parse_accounts, parse_charges, parse_funds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ALL = ["a_x1", "a_x2"]


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def backend(mam: Any, make_backend: Callable[..., Any], make_resource: Any) -> Any:
    made = make_backend(mam_timezone="UTC")
    for name in ALL:
        made.create_resource_with_id(make_resource(backend_id=name), name)
    mam.state["calls"].clear()
    return made


def test_a_months_charges_of_all_accounts_come_by_two_commands(mam: Any, backend: Any) -> None:
    mam.charge("a_x1", "alice", "10.505")
    mam.charge("a_x1", "alice", "0.005")
    mam.charge("a_x1", "bob", "3")
    mam.charge("other", "eve", "1000")

    measured = backend.measure_usage(ALL, 2026, 11)

    assert measured == Measured(
        report={
            "a_x1": {
                TOTAL_ACCOUNT_USAGE: {"deposit": 13.51},
                "alice": {"deposit": 10.51},
                "bob": {"deposit": 3.0},
            }
        }
    )
    assert mam.state["calls"] == [
        [
            *("mam-list-usagerecords", "--raw", "--quiet", "--show", "Account,User,Charge"),
            *("-s", "2026-11-01T00:00:00", "-e", "2026-11-30T23:59:59"),
        ],
        ["mam-list-accounts", "--raw", "--quiet", "--show", "Name,Organization,Users"],
    ]


def test_sums_are_exact(mam: Any, backend: Any) -> None:
    for _ in range(10):
        mam.charge("a_x1", "ada", "0.1")

    assert backend.measure_usage(ALL, 2026, 11).report["a_x1"]["ada"] == {"deposit": 1.0}


def test_what_nobody_is_charged_for_is_the_accounts_alone(mam: Any, backend: Any) -> None:
    mam.charge("a_x1", "", "5")

    assert backend.measure_usage(ALL, 2026, 11).report == {
        "a_x1": {TOTAL_ACCOUNT_USAGE: {"deposit": 5.0}}
    }


def test_what_could_not_be_read_is_left_out_and_never_zero(mam: Any, backend: Any) -> None:
    mam.charge("a_x2", "ada", "1")
    for _ in range(3):
        mam.charge("a_x1", "ada", "1")
    mam.state["records"][2]["charge"] = "?"

    measured = backend.measure_usage([*ALL, "a_gone"], 2026, 11)

    assert set(measured.report) == {"a_x2"}
    assert set(measured.unmeasured) == {"a_x1", "a_gone"}
    with pytest.raises(BackendError, match="a_x1: the amount of a charge could not be read"):
        backend._get_usage_report(["a_x1"])


@pytest.mark.parametrize("said", ["a_x1|ada\n", "a_x1|ada|1|2\n"])
def test_a_record_of_nobody_knows_whom_stops_everything(mam: Any, backend: Any, said: str) -> None:
    mam.says["mam-list-usagerecords"] = said

    with pytest.raises(BackendUnavailableError, match="cannot be read: line 1 has"):
        backend.measure_usage(ALL, 2026, 11)


def test_mam_that_is_down_is_no_idle_mam(mam: Any, backend: Any, make_resource: Any) -> None:
    mam.is_up = False

    with pytest.raises(BackendUnavailableError):
        backend.measure_usage(ALL, 2026, 11)
    with pytest.raises(BackendUnavailableError):
        backend.pull_resources([make_resource()], strict=True)
    assert backend.pull_resources([make_resource()]) == {}, "only who is strict is told by raising"


def test_an_account_that_was_deleted_keeps_what_it_was_charged(mam: Any, backend: Any) -> None:
    mam.charge("a_x1", "ada", "7")
    del mam.state["accounts"]["a_x1"]

    measured = backend.measure_usage(ALL, 2026, 11)

    assert (measured.report["a_x1"]["ada"], measured.unmeasured) == ({"deposit": 7.0}, {})


def test_each_charge_is_of_one_month_in_the_agents_zone(
    mam: Any, make_backend: Any, backend: Any
) -> None:
    there = make_backend(mam_timezone="UTC")
    there.timezone = "Europe/Tallinn"
    for at in ("2026-10-31T21:59:59", "2026-10-31T22:00:00", "2026-11-30T21:59:59"):
        mam.charge("a_x1", "ada", "1", at=at)
    mam.charge("a_x1", "ada", "10", at="2026-11-30T22:00:00")

    def used(one: Any, month: int) -> float:
        report = one.get_usage_report_for_period(ALL, 2026, month)
        return report.get("a_x1", {}).get("ada", {"deposit": 0})["deposit"]

    assert [used(there, month) for month in (10, 11, 12)] == [1, 2, 10]
    assert [used(backend, month) for month in (10, 11, 12)] == [2, 11, 0]


def test_usage_comes_with_a_resource_where_it_is_wanted(
    mam: Any, backend: Any, make_resource: Any
) -> None:
    mam.charge("a_x1", "ada", "7")
    resource = make_resource()

    pulled = backend.pull_resources([resource], include_usage=True)

    assert pulled["a_x1"][1].usage["ada"] == {"deposit": 7.0}
    assert backend.pull_resource(resource).usage["ada"] == {"deposit": 7.0}


@pytest.mark.parametrize(
    ("timezone", "mam_timezone", "first", "last"),
    [
        ("UTC", "UTC", "2026-03-01T00:00:00", "2026-03-31T23:59:59"),
        ("Europe/Tallinn", "Europe/Tallinn", "2026-03-01T00:00:00", "2026-03-31T23:59:59"),
        ("Europe/Tallinn", "UTC", "2026-02-28T22:00:00", "2026-03-31T20:59:59"),
        ("America/New_York", "UTC", "2026-03-01T05:00:00", "2026-04-01T03:59:59"),
        ("UTC", "Asia/Kolkata", "2026-03-01T05:30:00", "2026-04-01T05:29:59"),
    ],
)
def test_a_month_as_mam_reads_it(timezone: str, mam_timezone: str, first: str, last: str) -> None:
    window = month_window(2026, 3, timezone=timezone, mam_timezone=mam_timezone)

    assert (window.first, window.last) == (first, last)


def test_a_zone_that_nobody_knows_is_told(make_backend: Any, backend: Any) -> None:
    backend.timezone = "Mars/Olympus"
    with pytest.raises(BackendError, match="there is no time zone 'Mars/Olympus'"):
        backend.measure_usage(ALL, 2026, 11)
    with pytest.raises(
        BackendError, match=r"backend_settings\.mam_timezone: there is no time zone"
    ):
        make_backend(mam_timezone="Mars/Olympus")


LINES = st.lists(st.text(alphabet="ab1.|,^+-=\n ", max_size=20)).map("\n".join)


@given(LINES)
def test_any_answer_is_read_or_refused(text: str) -> None:
    for parse in (parse_accounts, parse_funds, lambda said: list(parse_charges(said))):
        try:
            parse(text)
        except ValueError:
            continue


NAMES = st.from_regex(r"\A[a-z][a-z0-9_]{0,7}\Z")


@given(st.dictionaries(NAMES, st.tuples(NAMES, st.dictionaries(NAMES, st.sampled_from("^+-")))))
def test_accounts_are_read_as_they_are_told(known: dict[str, Any]) -> None:
    lines = [
        f"{name}|{organization}|{','.join(mark + user for user, mark in users.items())}"
        for name, (organization, users) in known.items()
    ]

    read = parse_accounts("\n".join(["Warning: chatter", *lines]))

    assert {n: (a.organization, a.users) for n, a in read.items()} == {
        name: (organization, set(users)) for name, (organization, users) in known.items()
    }
