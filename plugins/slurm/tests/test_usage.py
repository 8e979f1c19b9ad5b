"""Usage through the plugin's hooks, with sacct's lines told by the test."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE
from waldur_site_agent_slurm.commands import MOST_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMPONENTS = {
    "cpu": {"unit_factor": 60, "accounting_type": "limit"},
    "gres/gpu": {"unit_factor": 60, "accounting_type": "usage"},
}
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOVEMBER, DECEMBER = (int(datetime(2026, month, 1, tzinfo=UTC).timestamp()) for month in (11, 12))


COLUMNS = "JobIDRaw,Submit,State,Account,User,ElapsedRaw"


def job(text: str, *, run: str = "7|then", state: str = "COMPLETED") -> str:
    """A line of sacct about a job of which the rest is told."""
    return f"{run}|{state}|{text}"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def backend(slurm: Any, make_backend: Callable[..., Any], make_resource: Any) -> Any:
    made = make_backend(COMPONENTS)
    for name in ("a_x1", "a_x2"):
        made.create_resource_with_id(make_resource(backend_id=name), name)
    slurm.lines.clear()
    return made


def sacct_line(slurm: Any) -> dict[str, str]:
    lines = [line for line in slurm.lines if line[0].endswith("sacct")]
    assert len(lines) == 1, "one sacct a window"
    return dict(word.removeprefix("--").partition("=")[::2] for word in lines[0][1:])


def test_a_month_of_many_accounts_is_one_sacct(slurm: Any, backend: Any) -> None:
    slurm.accounting = [
        job("a_x1|alice|3600|cpu=2,gres/gpu=1"),
        job("A_X1|bob|1800|cpu=1"),
        job("a_other|eve|3600|cpu=64"),
    ]
    measured = backend.measure_usage(["a_x1", "A_X2"], 2026, 10)
    assert measured.report == {
        "a_x1": {
            TOTAL_ACCOUNT_USAGE: {"cpu": 2.5, "gres/gpu": 1},
            "alice": {"cpu": 2, "gres/gpu": 1},
            "bob": {"cpu": 0.5, "gres/gpu": 0},
        },
        "A_X2": {TOTAL_ACCOUNT_USAGE: {"cpu": 0, "gres/gpu": 0}},
    }
    assert not measured.unmeasured
    assert slurm.programs == ["sacctmgr", "sacct"]


def test_what_sacct_is_asked_for(slurm: Any, backend: Any) -> None:
    backend.measure_usage(["A_X2", "a_x1"], 2026, 10)
    october = int(datetime(2026, 10, 1, tzinfo=UTC).timestamp())
    assert sacct_line(slurm) == {
        "clusters": "hpc",
        "parsable2": "",
        "noheader": "",
        "noconvert": "",
        "duplicates": "",
        "truncate": "",
        "allocations": "",
        "allusers": "",
        "starttime": f"uts{october}",
        "endtime": f"uts{NOVEMBER}",
        "accounts": "a_x1,a_x2",
        "format": f"{COLUMNS},AllocTRES",
    }


def test_the_current_month_ends_now(slurm: Any, backend: Any) -> None:
    backend.measure_usage(["a_x1"], 2026, 11)
    asked = sacct_line(slurm)
    assert asked["starttime"] == f"uts{NOVEMBER}"
    assert asked["endtime"] == f"uts{int(NOW.timestamp())}"


def test_a_month_that_ended_while_a_pass_ran_is_measured_to_its_end(
    slurm: Any, backend: Any
) -> None:
    with time_machine.travel(datetime(2026, 12, 1, 0, 5, tzinfo=UTC), tick=False):
        backend.measure_usage(["a_x1"], 2026, 11)
    assert sacct_line(slurm)["endtime"] == f"uts{DECEMBER}"


def test_months_are_those_of_the_agents_zone(slurm: Any, backend: Any) -> None:
    backend.timezone = "Pacific/Kiritimati"
    backend.measure_usage(["a_x1"], 2026, 11)
    assert sacct_line(slurm)["starttime"] == f"uts{NOVEMBER - 14 * 3600}"


def test_a_month_that_has_not_begun_is_not_measured(slurm: Any, backend: Any) -> None:
    measured = backend.measure_usage(["a_x1"], 2026, 12)
    assert (measured.report, set(measured.unmeasured)) == ({}, {"a_x1"})
    assert slurm.lines == []


def test_requested_tres_on_request(slurm: Any, make_backend: Callable[..., Any]) -> None:
    make_backend(COMPONENTS, usage_tres="requested").measure_usage(["root"], 2026, 11)
    assert sacct_line(slurm)["format"] == f"{COLUMNS},ReqTRES"


def test_a_long_list_of_accounts_is_not_named(slurm: Any, backend: Any) -> None:
    slurm.accounting = [job("a_x1|alice|3600|cpu=1")]
    names = [f"a_{number}" for number in range(MOST_NAMES)]
    measured = backend.measure_usage(["a_x1", *names], 2026, 11)
    assert "accounts" not in sacct_line(slurm)
    assert measured.report["a_x1"]["alice"] == {"cpu": 1, "gres/gpu": 0}
    assert set(measured.unmeasured) == set(names)


def test_an_account_that_is_not_there_is_not_idle(slurm: Any, backend: Any) -> None:
    measured = backend.measure_usage(["a_x1", "a_gone", "no name"], 2026, 11)
    assert set(measured.report) == {"a_x1"}
    assert "a_gone" in measured.unmeasured["a_gone"]
    assert "cannot be the name" in measured.unmeasured["no name"]
    assert "a_gone" in sacct_line(slurm)["accounts"]


def test_an_account_that_went_and_left_its_jobs_behind_is_measured(
    slurm: Any, backend: Any
) -> None:
    slurm.accounting = [job("a_gone|alice|3600|cpu=1")]
    measured = backend.measure_usage(["a_gone"], 2026, 10)
    assert measured.report["a_gone"][TOTAL_ACCOUNT_USAGE] == {"cpu": 1, "gres/gpu": 0}


@pytest.mark.parametrize("line", ["7|then|COMPLETED|a_x1|alice|36", "sacct: error: no"])
def test_nothing_is_reported_of_an_answer_that_cannot_be_read(
    slurm: Any, backend: Any, line: str
) -> None:
    slurm.accounting = [job("a_x1|alice|3600|cpu=1"), line]
    with pytest.raises(BackendUnavailableError):
        backend.measure_usage(["a_x1", "a_x2"], 2026, 11)


def test_a_job_that_cannot_be_counted_leaves_other_accounts_alone(slurm: Any, backend: Any) -> None:
    slurm.accounting = [job("a_x1|alice|x|cpu=1"), job("a_x2|alice|3600|cpu=1")]
    measured = backend.measure_usage(["a_x1", "a_x2"], 2026, 11)
    assert set(measured.report) == {"a_x2"}
    assert "job 7" in measured.unmeasured["a_x1"]


@pytest.mark.parametrize(
    ("cut", "whole", "before", "counted"),
    [
        # Of 7200 seconds in the window it ran 3000, of 9000 since its start 5000.
        (7200, 5000, 2000, 3000),
        # It began in the window.
        (7200, 3000, None, 3000),
        # Its suspension began before the window: cut to the time up to it, it seems to have run on.
        (7200, 5000, 6000, 0),
        # The window ended before its suspension began.
        (7200, 90000, 2000, 7200),
    ],
)
def test_a_job_that_is_suspended_now_counts_with_what_it_ran(  # noqa: PLR0917 - what pytest injects
    slurm: Any, backend: Any, cut: int, whole: int, before: int | None, counted: int
) -> None:
    rest = "a_x1|alice|{}|cpu=1"
    slurm.accounting = [
        job(rest.format(60), run="8|then"),
        job(rest.format(cut), state="SUSPENDED"),
        job("a_other|eve|60|cpu=1", run="9|then", state="SUSPENDED"),
    ]
    slurm.runs_whole = [job(rest.format(4), run="7|earlier"), job(rest.format(whole))]
    slurm.runs_cut = [] if before is None else [job(rest.format(before))]
    report = backend.measure_usage(["a_x1"], 2026, 11).report
    assert report["a_x1"]["alice"]["cpu"] == (60 + counted) / 3600
    assert [line[-2] for line in slurm.lines[-2:]] == ["--jobs=7", "--jobs=7"]
    assert slurm.programs == ["sacctmgr", "sacct", "sacct", "sacct"]


def test_many_suspended_jobs_are_asked_about_in_few_commands(slurm: Any, backend: Any) -> None:
    rows = [job("a_x1|alice|3600|cpu=1", run=f"{n}|then") for n in range(MOST_NAMES + 1)]
    slurm.accounting = [row.replace("COMPLETED", "SUSPENDED") for row in rows]
    slurm.runs_whole = rows
    report = backend.measure_usage(["a_x1"], 2026, 11).report
    assert report["a_x1"]["alice"]["cpu"] == len(rows)
    assert slurm.programs == ["sacctmgr", *["sacct"] * 5]


def test_a_suspended_job_that_is_gone_when_it_is_looked_up_makes_the_answer_unusable(
    slurm: Any, backend: Any
) -> None:
    slurm.accounting = [job("a_x1|alice|60|cpu=1", state="SUSPENDED")]
    with pytest.raises(BackendUnavailableError, match="job 7"):
        backend.measure_usage(["a_x1"], 2026, 11)


def test_sacct_is_ended_as_soon_as_its_answer_is_of_no_use(slurm: Any, backend: Any) -> None:
    slurm.accounting = ["no job", job("a_x1|alice|3600|cpu=1")]
    with pytest.raises(BackendUnavailableError) as raised:
        backend.measure_usage(["a_x1"], 2026, 11)
    assert raised.traceback
    assert not slurm.is_streaming, "also while somebody holds the traceback"


def test_nothing_is_reported_when_sacct_fails_after_its_last_line(slurm: Any, backend: Any) -> None:
    slurm.accounting = [job("a_x1|alice|3600|cpu=1")]
    backend.begin_pass()
    backend.client.snapshot()
    slurm.is_up = False
    with pytest.raises(BackendUnavailableError):
        backend.measure_usage(["a_x1"], 2026, 11)
    slurm.is_up = True
    assert backend.measure_usage(["a_x1"], 2026, 11).report["a_x1"]["alice"]["cpu"] == 1


def test_the_hooks_of_1x_measure_the_same(slurm: Any, backend: Any) -> None:
    slurm.accounting = [job("a_x1|alice|3600|cpu=1")]
    ids = ["a_x1", "a_x2"]
    report = backend.measure_usage(ids, 2026, 11).report
    assert backend._get_usage_report(ids) == report
    assert backend.get_usage_report_for_period(ids, 2026, 11) == report
    assert set(backend.get_usage_report_for_period(["a_gone"], 2026, 10)) == set()
    with pytest.raises(BackendError, match="a_gone"):
        backend._get_usage_report(["a_x1", "a_gone"])


def test_pulling_with_usage(slurm: Any, backend: Any, make_resource: Any) -> None:
    slurm.accounting = [job("a_x1|alice|3600|cpu=1")]
    resources = [make_resource(backend_id=name) for name in ("a_x1", "a_x2", "a_gone")]
    pulled = backend.pull_resources(resources)
    assert slurm.programs == ["sacctmgr", "sacct"]
    assert {name: info.usage[TOTAL_ACCOUNT_USAGE]["cpu"] for name, (_, info) in pulled.items()} == {
        "a_x1": 1,
        "a_x2": 0,
    }


@pytest.mark.parametrize("zone", ["Mars/Olympus", ".."])
def test_a_zone_that_nobody_knows_is_told(backend: Any, zone: str) -> None:
    backend.timezone = zone
    with pytest.raises(BackendError, match="no time zone"):
        backend.measure_usage(["a_x1"], 2026, 11)


@pytest.mark.parametrize(
    ("setting", "value"), [("usage_tres", "billed"), ("mapped_usage", "median")]
)
def test_a_setting_that_is_no_choice_is_told(
    make_backend: Callable[..., Any], setting: str, value: str
) -> None:
    with pytest.raises(BackendError, match=rf"backend_settings\.{setting}: '{value}' is not one"):
        make_backend(**{setting: value})
