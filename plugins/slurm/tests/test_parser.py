from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent_slurm import parser
from waldur_site_agent_slurm.parser import SlurmParseError

SLURM_TEXT = st.text(alphabet="0123456789KMGTPE.,=:-|abcpume/ \n", max_size=40)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("5K", 5120),
        ("4096M", 4294967296),
        ("60G", 64424509440),
        ("2T", 2199023255552),
        ("1.5G", 1610612736),
        ("1P", 2**50),
        ("1E", 2**60),
        ("5k", 5120),
        ("0", 0),
        (" 7 ", 7),
    ],
)
def test_numbers_with_suffixes(text: str, count: int) -> None:
    assert parser.parse_count(text) == count


@pytest.mark.parametrize(
    ("text", "tres"),
    [
        ("cpu=4,mem=8G,gres/gpu=2", {"cpu": 4, "mem": 8192, "gres/gpu": 2}),
        ("cpu=1,mem=2048M", {"cpu": 1, "mem": 2048}),
        ("mem=1.5G", {"mem": 1536}),
        ("mem=61440", {"mem": 61440}),
        ("mem=1000G", {"mem": 1024000}),
        ("mem=60.06G", {"mem": Fraction(6006 * 1024, 100)}),
        ("cpu=2,gres/gpu:a100=1", {"cpu": 2, "gres/gpu:a100": 1}),
        ("", {}),
    ],
)
def test_tres(text: str, tres: dict[str, float]) -> None:
    assert parser.parse_tres(text) == tres


def test_limits_that_slurm_shows_with_decimals_are_read_as_they_are() -> None:
    assert parser.parse_tres_limits("mem=1.50G,cpu=100") == {"mem": 1536, "cpu": 100}


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (parser.parse_count, ""),
        (parser.parse_count, "abc"),
        (parser.parse_count, "1.5.5"),
        (parser.parse_count, "9" * 5000),
        (parser.parse_memory, ""),
        (parser.parse_tres, "cpu"),
        (parser.parse_tres, "=5"),
        (parser.parse_tres, "cpu=abc"),
    ],
)
def test_what_slurm_does_not_print_is_a_named_error(read: object, text: str) -> None:
    with pytest.raises(SlurmParseError):
        read(text)  # type: ignore[operator]


def test_an_unreadable_answer_counts_as_no_answer() -> None:
    assert issubclass(SlurmParseError, BackendUnavailableError)


@pytest.mark.parametrize(
    "read",
    [
        parser.parse_count,
        parser.parse_memory,
        parser.parse_tres,
        parser.parse_tres_limits,
        parser.parse_tres_names,
        parser.parse_active_jobs,
        lambda text: list(parser.parse_associations(text)),
        lambda text: list(parser.parse_accounts(text)),
    ],
)
@given(text=st.one_of(st.text(max_size=60), SLURM_TEXT))
def test_any_text_gives_a_value_or_the_named_error(read: object, text: str) -> None:
    try:
        read(text)  # type: ignore[operator]
    except SlurmParseError:
        return


@given(amount=st.integers(0, 2**49))
def test_memory_reads_back_as_slurm_shows_it(amount: int) -> None:
    """Slurm shows a larger unit only where that is exact to a half."""
    shown, unit = Fraction(amount), 0
    while shown >= 1024 and shown % 512 == 0:
        shown, unit = shown / 1024, unit + 1
    assert parser.parse_memory(f"{float(shown):.2f}{'MGTPE'[unit]}") == amount


def test_association_rows() -> None:
    text = (
        "sacctmgr: a remark on standard error\n"
        "hpc|a_One||p_X||normal,boost|boost|cpu=5,mem=1.50G||0|7|cpu=3\n"
        "hpc|a_One|bob||gpu|normal|||cpu=7||parent|\n"
    )
    account, user = parser.parse_associations(text)
    assert (account.account, account.user, account.parent) == ("a_one", "", "p_x")
    assert account.qos == ("normal", "boost")
    assert account.group_tres_minutes == {"cpu": 5, "mem": 1536}
    assert account.group_submit_jobs == 0
    assert (account.fairshare, account.group_tres) == (7, {"cpu": 3})
    assert user.fairshare is None
    assert (user.user, user.partition, user.max_tres_minutes) == ("bob", "gpu", {"cpu": 7})


def test_descriptions_may_hold_separators_and_line_breaks() -> None:
    rows = list(parser.parse_accounts("a_1|org|one | two\nthree\na_2|org|\n"))
    assert [(row.name, row.description) for row in rows] == [("a_1", "one | two"), ("a_2", "")]


def test_jobs_that_are_over_are_left_out_and_an_array_is_one() -> None:
    rows = (
        "4|bob|RUNNING|a",
        "4|bob|PENDING|a",
        "5|eve|COMPLETED|a",
        "6|eve|COMPLETING|A_B",
        "7|eve|CANCELLED|a",
    )
    jobs = parser.parse_active_jobs("\n".join(rows))
    assert [(job.job_id, job.user, job.account) for job in jobs] == [
        ("4", "bob", "a"),
        ("6", "eve", "a_b"),
    ]


def test_tres_names() -> None:
    assert parser.parse_tres_names("cpu|\ngres|gpu\ngres|gpu:a100|1002\n") == {
        "cpu",
        "gres/gpu",
        "gres/gpu:a100",
    }
