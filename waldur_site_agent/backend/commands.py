"""Running a backend's command-line tools: no shell, a deadline, and a session of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.metrics.counting import command_ran

if TYPE_CHECKING:
    from collections.abc import Sequence

GRACE_SECONDS = 5.0
"""How long a command that overran its deadline has to clean up before it is killed."""


@dataclass(frozen=True)
class Completed:
    """A command that ended: its exit code and what it wrote.

    Attributes:
        output: both streams in one, or standard output where they were kept apart.
        complaints: standard error, where they were.
    """

    exit_code: int
    output: str
    complaints: str = ""


def run(
    argv: Sequence[str], *, timeout: float, given: str = "", keep_apart: bool = False
) -> Completed:
    """Run a command and wait for its end.

    It gets a session of its own, so that ^C or a signal at the agent's process group does not
    hit a write half way. An exception that arrives meanwhile waits for the command's end. Output
    is read as UTF-8; what is not becomes replacement characters.

    Args:
        argv: the program and its arguments, one word each.
        timeout: seconds until the command is ended.
        given: what it reads from standard input.
        keep_apart: do not mix standard error into the output, where a warning could tear a line.

    Raises:
        BackendUnavailableError: it could not be started, or did not end in time.
        BackendError: it is no command at all.
    """
    started, outcome = time.monotonic(), "no_answer"
    try:
        completed = _run(argv, timeout, given, subprocess.PIPE if keep_apart else subprocess.STDOUT)
        outcome = "failed" if completed.exit_code else "ok"
        return completed
    finally:
        command_ran(program=_program(argv), outcome=outcome, seconds=time.monotonic() - started)


def _run(argv: Sequence[str], timeout: float, given: str, errors: int) -> Completed:
    process = _start(argv, errors)
    try:
        output, complaints = _collect(process, timeout, given)
        return Completed(process.returncode, output, complaints or "")
    finally:
        _close(process)


def _program(argv: Sequence[str]) -> str:
    """The program's name alone: its path and its arguments are nothing to count by."""
    return Path(str(argv[0])).name if argv else ""


def _start(argv: Sequence[str], errors: int) -> subprocess.Popen[str]:
    if isinstance(argv, str) or not argv:
        raise BackendError("a command is a list of words: the program and its arguments")
    try:
        return subprocess.Popen(  # noqa: S603 - the words go to the program as they are, no shell
            list(map(str, argv)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        why = error.strerror or "unknown reason"
        raise BackendUnavailableError(f"{argv[0]} cannot be run: {why}") from error
    except ValueError as error:
        raise BackendError(f"{argv[0]} cannot be run: {error}") from error


def _collect(process: subprocess.Popen[str], timeout: float, given: str) -> tuple[str, str | None]:
    """What it wrote; its errors by themselves are None where they were mixed in."""
    try:
        return process.communicate(given, timeout=timeout)
    except subprocess.TimeoutExpired:
        _end(process)
        raise _overran(process, timeout) from None
    except BaseException:
        # ^C, or an exit out of a signal handler: the write in hand is finished first.
        try:
            process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            _end(process)
        raise


def _close(process: subprocess.Popen[str]) -> None:
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            with suppress(OSError):
                stream.close()


def _overran(process: subprocess.Popen[str], timeout: float) -> BackendUnavailableError:
    program = process.args[0] if isinstance(process.args, list) else process.args
    return BackendUnavailableError(f"{program!s} did not end within {timeout:g} seconds")


def _end(process: subprocess.Popen[str]) -> None:
    """End a command and what it started; one that hangs in the kernel is left behind."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, sent)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=GRACE_SECONDS)
            return
