from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent_slurm.streaming import stream

if TYPE_CHECKING:
    from pathlib import Path

PATIENT = 30


def shell(script: str) -> list[str]:
    return ["/bin/sh", "-c", script]


def test_lines_come_as_they_are_printed() -> None:
    lines = stream(
        shell("echo one; printf 'two\\n\\n'; read line < /dev/stdin || echo end"), timeout=PATIENT
    )
    assert list(lines) == ["one", "two", "", "end"]


def test_the_first_line_is_there_before_the_command_ends(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    lines = stream(
        shell(f"echo first; until [ -e {gate} ]; do :; done; echo last"),
        timeout=PATIENT,
    )
    assert next(lines) == "first"
    gate.touch()
    assert list(lines) == ["last"]


def test_nothing_printed_is_no_failure() -> None:
    assert list(stream(["/bin/true"], timeout=PATIENT)) == []


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert list(stream(shell(r"printf 'a\377b\n'"), timeout=PATIENT)) == ["a\ufffdb"]


def test_remarks_never_land_among_the_lines() -> None:
    script = "for n in 1 2 3 4 5 6 7 8 9; do printf 'a|'; echo 'sacct: remark' >&2; echo b; done"
    assert set(stream(shell(script), timeout=PATIENT)) == {"a|b"}


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'a|b'; echo 'sacct: error: Connection refused' >&2; exit 1", "Connection refused"),
        ("echo 'a|b'; exit 3", "ended with 3"),
        ("echo 'a|b'; kill -9 $$", "ended with -9"),
        ("printf 'a|b\\na|'", "cut off in the middle of a line"),
        ("printf 'a|b'; kill -9 $$", "cut off in the middle of a line"),
        ("head -c 3000000 /dev/zero", "a line without an end"),
    ],
)
def test_a_failure_is_told_after_the_lines_that_came(script: str, said: str) -> None:
    with pytest.raises(BackendUnavailableError, match=said):
        list(stream(shell(script), timeout=PATIENT))


@pytest.mark.parametrize(
    "script",
    [
        "echo line; sleep 1000",
        "while :; do echo line; done",
        "exec >&-; sleep 1000",
        "trap '' TERM; sleep 1000 & exec >&-; wait",
    ],
)
def test_the_deadline_is_kept_whatever_the_command_does(script: str) -> None:
    with pytest.raises(BackendUnavailableError, match=r"did not end within 0\.2 seconds"):
        for _ in stream(shell(script), timeout=0.2):
            pass


def test_a_missing_program_is_told() -> None:
    with pytest.raises(BackendUnavailableError, match="/nowhere/sacct cannot be run"):
        list(stream(["/nowhere/sacct"], timeout=PATIENT))


@pytest.mark.parametrize("habit", ["", "trap '' TERM;"])
def test_whoever_stops_reading_ends_the_command_and_what_it_started(
    tmp_path: Path, habit: str
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    script = f"({habit} exec 3<>{fifo}; echo open; sleep 1000) | cat"
    lines = stream(shell(script), timeout=PATIENT)
    assert next(lines) == "open"
    lines.close()  # type: ignore[attr-defined]
    deadline = time.monotonic() + PATIENT
    while _is_held(fifo):
        assert time.monotonic() < deadline


def _is_held(fifo: Path) -> bool:
    """Whether some process still has it open."""
    try:
        os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True
