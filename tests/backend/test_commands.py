"""Running commands: real processes, no shell, a deadline, a session of their own."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.backend import commands
from waldur_site_agent.backend.clients import BaseClient, UnknownClient
from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Script = "Callable[[str], str]"


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], str]:
    def write(body: str) -> str:
        path = tmp_path / "tool"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return str(path)

    return write


class Hasty(BaseClient):
    command_timeout_seconds = 0.2


def test_answers_what_the_command_wrote_to_both_streams(script: Callable[[str], str]) -> None:
    assert BaseClient().execute_command([script("echo out; echo err >&2")]) == "out\nerr\n"


def test_keeps_errors_out_of_the_output_where_that_is_wanted(script: Callable[[str], str]) -> None:
    tool = script("printf o; echo err >&2; echo ut; exit 3")

    ended = commands.run([tool], timeout=10, keep_apart=True)

    assert ended == commands.Completed(3, "out\n", "err\n")


def test_no_shell_reads_the_words(script: Callable[[str], str]) -> None:
    tool = script('for word; do echo "<$word>"; done')

    assert (
        BaseClient().execute_command([tool, "a b", "$HOME", "; ls"]) == "<a b>\n<$HOME>\n<; ls>\n"
    )


def test_output_that_is_no_utf8_is_replaced(script: Callable[[str], str]) -> None:
    assert BaseClient().execute_command([script(r"printf 'a\377b'")]) == "a\ufffdb"


def test_standard_input_is_empty(script: Callable[[str], str]) -> None:
    assert BaseClient().execute_command([script("wc -c")]).strip() == "0"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("echo ' This account exists. '; exit 3", r"^This account exists\.$"),
        ("exit 3", r"tool ended with 3, saying nothing$"),
        ("kill -9 $$", r"tool ended with -9, saying nothing$"),
    ],
)
def test_another_exit_code_than_0_is_the_backends_no(
    script: Callable[[str], str], body: str, message: str
) -> None:
    with pytest.raises(BackendError, match=message) as raised:
        BaseClient().execute_command([script(body)])

    assert not isinstance(raised.value, BackendUnavailableError)


@pytest.mark.parametrize(("silent", "lines"), [(False, 1), (True, 0)])
def test_a_failure_is_logged_without_its_output_unless_silent(
    script: Callable[[str], str], caplog: pytest.LogCaptureFixture, silent: bool, lines: int
) -> None:
    with caplog.at_level(logging.INFO), pytest.raises(BackendError):
        BaseClient().execute_command([script("echo ada; exit 1"), "ada"], silent=silent)

    assert len(caplog.records) == lines
    assert "ada" not in caplog.text


def test_a_missing_program_is_an_outage(tmp_path: Path) -> None:
    with pytest.raises(BackendUnavailableError, match="sacctmgr cannot be run: No such file"):
        BaseClient().execute_command([str(tmp_path / "sacctmgr")])


def test_a_program_that_may_not_be_run_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("data")

    with pytest.raises(BackendUnavailableError, match="cannot be run"):
        BaseClient().execute_command([str(tmp_path / "tool")])


def test_a_command_that_overruns_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    child = f"sleep 600 & echo $! > {pid_file}; wait"

    with pytest.raises(BackendUnavailableError, match=r"did not end within 0\.2 seconds"):
        Hasty().execute_command(["/bin/sh", "-c", child])

    assert not is_running(int(pid_file.read_text()))


def test_a_command_that_will_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "GRACE_SECONDS", 0.1)

    with pytest.raises(BackendUnavailableError, match="did not end"):
        Hasty().execute_command(["/bin/sh", "-c", "trap '' TERM; while :; do sleep 1; done"])


@pytest.mark.parametrize("argv", ["ls -l", [], ()])
def test_a_command_is_a_list_of_words(argv: list[str]) -> None:
    with pytest.raises(BackendError, match="list of words"):
        BaseClient().execute_command(argv)


def test_a_word_with_a_zero_byte_is_refused(script: Callable[[str], str]) -> None:
    with pytest.raises(BackendError, match="cannot be run: embedded null byte"):
        BaseClient().execute_command([script("true"), "a\0b"])


def test_the_debug_log_shows_the_command_without_its_secrets(
    script: Callable[[str], str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        BaseClient().execute_command(
            [script("true"), "--password", "hunter2", "--token=hunter3", "x"]
        )

    assert "--password *** " in caplog.text
    assert "hunter" not in caplog.text


AGENT = """
import signal, subprocess, sys
from waldur_site_agent.backend.clients import BaseClient

def leave(*_):
    open(sys.argv[2], "w").write("handled")
    raise SystemExit(7)

class Telling(subprocess.Popen):
    told = False
    def communicate(self, *args, **more):
        if not self.told:
            self.told = True
            open(sys.argv[3], "w").write("waiting")
        return super().communicate(*args, **more)

subprocess.Popen = Telling
signal.signal(signal.SIGINT, leave)
BaseClient().execute_command(["/bin/sh", "-c", sys.argv[1]])
"""


def test_a_signal_does_not_hit_a_write_half_way(tmp_path: Path) -> None:
    """^C at a terminal signals the agent's whole process group; the command goes on to its end."""
    pipes = [tmp_path / name for name in ("begun", "handled", "waiting", "go_on")]
    begun, handled, waiting, go_on = pipes
    for pipe in pipes:
        os.mkfifo(pipe)
    written = tmp_path / "written"
    body = f"echo begun > {begun}; read line < {go_on}; echo more output; echo all > {written}"
    argv = [sys.executable, "-c", AGENT, body, str(handled), str(waiting)]
    with subprocess.Popen(argv, start_new_session=True) as agent:  # noqa: S603 - our own words
        begun.read_text()
        waiting.read_text()
        os.killpg(agent.pid, signal.SIGINT)
        handled.read_text()
        # Opened for both ways, so that a command which was hit fails the test rather than hangs it.
        pipe_end = os.open(go_on, os.O_RDWR)
        os.write(pipe_end, b"go on\n")
    os.close(pipe_end)

    assert written.read_text() == "all\n"
    assert agent.returncode == 7


def test_a_home_directory_is_made_by_the_systems_helper() -> None:
    class Noting(BaseClient):
        def execute_command(self, command: object, silent: bool = False) -> str:  # noqa: ARG002 - the contract's
            return repr(command)

    assert (
        Noting().create_linux_user_homedir("ada", "0077")
        == "['/sbin/mkhomedir_helper', 'ada', '0077']"
    )
    assert Noting().create_linux_user_homedir("ada") == "['/sbin/mkhomedir_helper', 'ada']"


def test_what_a_client_leaves_out_reads_nothing_and_refuses_to_write() -> None:
    client = UnknownClient()

    assert client.list_resources() == []
    assert client.get_resource("a") is None
    assert client.get_resource_limits("a") == {}
    with pytest.raises(BackendError, match="UnknownClient has no delete_resource"):
        client.delete_resource("a")


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123 - no path of ours
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
