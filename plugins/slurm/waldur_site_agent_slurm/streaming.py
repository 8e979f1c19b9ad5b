"""Reading what a command prints line by line, so that the memory it takes does not grow with it.

Only for commands that read: whoever stops reading ends the command.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent.metrics.counting import command_ran
from waldur_site_agent_slurm.answers import failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHUNK = 1 << 16
LONGEST_LINE = 1 << 20
GRACE_SECONDS = 5.0
"""How long to wait for the end of a command that was killed."""
REMARKS_SHOWN = 4096


def stream(argv: Sequence[str], *, timeout: float) -> Iterator[str]:
    """Run a command and read its lines, without their ends, as UTF-8.

    What it remarks on standard error is kept apart, for it may appear in the middle of a line.

    Args:
        argv: the program and its arguments, one word each.
        timeout: seconds until it has to have ended.

    Raises:
        BackendUnavailableError: it could not be run, failed, did not end in time or was cut off.
            Lines that were read before that are not to be believed: others are missing.
    """
    started, outcome = time.monotonic(), "failed"
    deadline = started + timeout
    with tempfile.TemporaryFile() as remarks:
        process = _start(argv, remarks)
        try:
            yield from _lines(_chunks(process, deadline), argv[0])
            _await_success(process, deadline, remarks)
            outcome = "ok"
        except TimeoutError:
            outcome = "no_answer"
            raise BackendUnavailableError(
                f"{argv[0]} did not end within {timeout:g} seconds"
            ) from None
        finally:
            _end(process)
            seconds = time.monotonic() - started
            command_ran(program=Path(argv[0]).name, outcome=outcome, seconds=seconds)


def _start(argv: Sequence[str], remarks: IO[bytes]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - the words go to the program as they are, no shell
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=remarks,
            start_new_session=True,
        )
    except OSError as error:
        why = error.strerror or "unknown reason"
        raise BackendUnavailableError(f"{argv[0]} cannot be run: {why}") from error


def _chunks(process: subprocess.Popen[bytes], deadline: float) -> Iterator[bytes]:
    assert process.stdout is not None  # noqa: S101 - it was started with a pipe
    pipe = process.stdout.fileno()
    readable = select.poll()
    readable.register(pipe, select.POLLIN)
    while True:
        if not readable.poll(_left(deadline) * 1000):
            raise TimeoutError
        chunk = os.read(pipe, CHUNK)
        if not chunk:
            return
        yield chunk


def _lines(chunks: Iterator[bytes], program: str) -> Iterator[str]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        if len(rest) > LONGEST_LINE:
            raise BackendUnavailableError(f"{program} printed a line without an end")
        for line in whole:
            yield line.decode(errors="replace")
    if rest:
        raise BackendUnavailableError(f"{program} was cut off in the middle of a line")


def _await_success(process: subprocess.Popen[bytes], deadline: float, remarks: IO[bytes]) -> None:
    try:
        exit_code = process.wait(_left(deadline))
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    if exit_code:
        said = _said(remarks) or f"ended with {exit_code}"
        raise BackendUnavailableError(str(failure(str(process.args[0]), said)))  # type: ignore[index]


def _said(remarks: IO[bytes]) -> str:
    remarks.seek(0)
    return remarks.read(REMARKS_SHOWN).decode(errors="replace").strip()


def _left(deadline: float) -> float:
    """Seconds that are left.

    Raises:
        TimeoutError: none is.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command with all that it started, unless its end was seen.

    Until then its number is its own. One that hangs in the kernel is left behind.
    """
    if process.stdout:
        process.stdout.close()
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
