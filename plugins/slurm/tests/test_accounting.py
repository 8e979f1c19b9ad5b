from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waldur_site_agent_slurm.accounting import Ledger, total
from waldur_site_agent_slurm.job_rows import parse_job
from waldur_site_agent_slurm.parser import SlurmParseError

if TYPE_CHECKING:
    from collections.abc import Iterable

TRES = ("cpu", "mem", "gres/gpu", "gres/gpu:a100")
MONTH = 31 * 86400


def ledger_of(*lines: str, tres: Iterable[str] = TRES, longest: int = MONTH) -> Ledger:
    """Count jobs, each told by its account, user, seconds and TRES."""
    ledger = Ledger(["a", "b"], tres=frozenset(tres), longest=longest)
    for line in lines:
        ledger.add(parse_job(f"7|2024-01-01T00:00:00|COMPLETED|{line}"))
    return ledger


def used(*lines: str, tres: Iterable[str] = TRES, longest: int = MONTH) -> dict[str, object]:
    ledger = ledger_of(*lines, tres=tres, longest=longest)
    assert not ledger.unreadable
    return {name: ledger.of(name) for name in ("a", "b") if ledger.of(name)}


def test_jobs_are_added_up_by_account_and_user() -> None:
    assert used(
        "a|alice|10|cpu=2,mem=100M,node=1,billing=2",
        "a|alice|5|cpu=1,mem=1G",
        "a|bob|1|cpu=1",
        "b|alice|1|cpu=1",
        "stranger|alice|1|cpu=1",
    ) == {
        "a": {"alice": {"cpu": 25, "mem": 1000 + 5120}, "bob": {"cpu": 1}},
        "b": {"alice": {"cpu": 1}},
    }


@pytest.mark.parametrize("account", ["a", "A"])
def test_accounts_are_the_same_in_any_case(account: str) -> None:
    assert used(f"{account}|u|1|cpu=1") == {"a": {"u": {"cpu": 1}}}


def test_each_run_of_a_requeued_job_counts() -> None:
    assert used("a|u|100|cpu=2", "a|u|100|cpu=2") == {"a": {"u": {"cpu": 400}}}


@pytest.mark.parametrize("line", ["a|u|0|", "a|u|0|cpu=4", "a||0|"])
def test_what_has_not_run_in_the_window_used_nothing(line: str) -> None:
    assert used(line) == {}


def test_what_nobody_owns_is_kept_apart_and_part_of_the_total() -> None:
    ledger = ledger_of("a||10|cpu=1", "a|u|10|cpu=2")
    assert ledger.of("a") == {"": {"cpu": 10}, "u": {"cpu": 20}}
    assert total(ledger.of("a")) == {"cpu": 30}


@pytest.mark.parametrize(
    ("tres", "amounts"),
    [
        ("gres/gpu=2", {"gres/gpu": 2}),
        ("gres/gpu:a100=2,gres/gpu=2", {"gres/gpu": 2, "gres/gpu:a100": 2}),
        ("gres/gpu:a100=2,gres/gpu:h100=1,gres/gpu=3", {"gres/gpu": 3, "gres/gpu:a100": 2}),
        ("gres/gpu:a100=2", {"gres/gpu": 2, "gres/gpu:a100": 2}),
        ("gres/gpu:a100=2,gres/gpu:h100=1", {"gres/gpu": 3, "gres/gpu:a100": 2}),
        ("gres/gpu:h100=1", {"gres/gpu": 1}),
        ("gres/gpu:a100=2,gres/gpu=3", {"gres/gpu": 3, "gres/gpu:a100": 2}),
    ],
)
def test_typed_gres_count_once(tres: str, amounts: dict[str, int]) -> None:
    assert used(f"a|u|1|{tres}") == {"a": {"u": amounts}}


@pytest.mark.parametrize(
    ("tres", "mem"),
    [
        ("mem=100M", 100),
        ("mem=1536M", 1536),
        ("mem=1.50G", 1536),
        ("mem=2T", 2 * 1024 * 1024),
        ("mem=512K", Fraction(1, 2)),
        ("mem=300", 300),
    ],
)
def test_memory_is_in_megabytes(tres: str, mem: Fraction) -> None:
    assert used(f"a|u|1|{tres}") == {"a": {"u": {"mem": mem}}}


@pytest.mark.parametrize(
    "line",
    [
        "",
        "7|then|COMPLETED|a|u|1",
        "7|then|COMPLETED|a|u|1|cpu=1|",
        "seven|then|COMPLETED|a|u|1|cpu=1",
        "7.batch|then|COMPLETED|a|u|1|cpu=1",
        "|then|COMPLETED|a|u|1|cpu=1",
        "sacct: error: something",
    ],
)
def test_a_line_that_is_no_job_makes_the_answer_unusable(line: str) -> None:
    with pytest.raises(SlurmParseError):
        parse_job(line)


@pytest.mark.parametrize(
    "job",
    [
        "a|u||cpu=1",
        "a|u|-1|cpu=1",
        "a|u|00:01:00|cpu=1",
        "a|u|Unknown|cpu=1",
        "a|u|1|cpu",
        "a|u|1|cpu=x",
        f"a|u|{MONTH + 1}|cpu=1",
        "a|u|" + "9" * 5000 + "|cpu=1",
    ],
)
def test_a_job_that_cannot_be_counted_makes_its_account_unreadable_and_no_other(job: str) -> None:
    ledger = ledger_of("b|u|1|cpu=1", job, "b|u|1|cpu=1")
    assert set(ledger.unreadable) == {"a"}
    assert ledger.of("b") == {"u": {"cpu": 2}}


def test_nobody_minds_a_strangers_job() -> None:
    assert used("stranger|u|x|cpu") == {}


LINE = st.one_of(
    st.text(max_size=60),
    st.from_regex(
        r"7\|t\|[A-Z]{0,9}\|[ab]\|[a-z]{0,3}\|[0-9]{0,4}\|(cpu=[0-9]{1,3}(,mem=[0-9.]{0,4}[KMx]?)?)?",
        fullmatch=True,
    ),
)


@given(lines=st.lists(LINE, max_size=5))
def test_any_line_is_a_job_or_the_named_error(lines: list[str]) -> None:
    ledger = Ledger(["a", "b"], tres=TRES, longest=MONTH)
    for line in lines:
        try:
            ledger.add(parse_job(line))
        except SlurmParseError:
            return


JOB = st.tuples(
    st.sampled_from(["a", "B"]),
    st.sampled_from(["alice", "bob", ""]),
    st.integers(0, 10**9),
    st.integers(0, 10**7),
    st.sampled_from(["cpu=2,mem=100M", "cpu=64,mem=1.50G,gres/gpu:a100=4", "mem=7K", ""]),
)


def cut(jobs: Iterable[tuple[str, str, int, int, str]], start: int, end: int) -> list[str]:
    """What sacct shows of jobs in a window: it leaves out those outside, and truncates others."""
    return [
        f"{account}|{user}|{max(0, min(begin + length, end) - max(begin, start))}|{tres}"
        for account, user, begin, length, tres in jobs
        if begin < end and begin + length >= start
    ]


@given(jobs=st.lists(JOB, max_size=8), cuts=st.lists(st.integers(0, 2 * 10**9), max_size=5))
def test_windows_side_by_side_add_up_to_the_whole(
    jobs: list[tuple[str, str, int, int, str]], cuts: list[int]
) -> None:
    edges = [0, *sorted(cuts), 2 * 10**9 + 1]
    whole = ledger_of(*cut(jobs, 0, edges[-1]), longest=edges[-1])
    lines = [line for start, end in pairwise(edges) for line in cut(jobs, start, end)]
    parts = ledger_of(*lines, longest=edges[-1])
    assert (parts.of("a"), parts.of("b")) == (whole.of("a"), whole.of("b"))
