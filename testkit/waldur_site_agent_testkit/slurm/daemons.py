"""Slurm's daemons in the foreground, each in a session of its own, and none left behind."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

from waldur_site_agent_testkit.slurm.layout import DATABASE, NODES

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent_testkit.slurm.layout import Layout

START_SECONDS = 60
STOP_SECONDS = 15


class DaemonError(Exception):
    """A daemon did not come up; the message has the end of its log."""


class Daemons:
    """The processes of one cluster."""

    def __init__(self, layout: Layout) -> None:
        """Start none yet."""
        self._layout = layout
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        atexit.register(self.stop)

    def start(self) -> None:
        """Start everything, in order.

        Raises:
            DaemonError: something did not come up in time.
        """
        self.start_munge()
        self.start_database()
        self.start_slurmdbd()
        self._sacctmgr("-i", "add", "cluster", self._layout.cluster)
        self.start_slurmctld()
        self.start_nodes()

    def start_munge(self) -> None:
        """Authentication between the daemons."""
        run, log = self._layout.run, self._layout.log
        self._spawn(
            "munged",
            "/usr/sbin/munged",
            "--foreground",
            "--force",
            f"--socket={run}/munge.socket",
            f"--key-file={self._layout.top}/etc/munge.key",
            f"--pid-file={run}/munged.pid",
            f"--log-file={log}/munged.log",
            f"--seed-file={run}/munged.seed",
        )
        self._wait("munged", (run / "munge.socket").exists)

    def start_database(self) -> None:
        """MariaDB, with an empty database for slurmdbd."""
        data = self._layout.top / "database"
        if not any(data.iterdir()):
            self._run(
                "/usr/bin/mariadb-install-db",
                "--no-defaults",
                "--user=root",
                f"--datadir={data}",
                f"--tmpdir={self._layout.run}",
                "--auth-root-authentication-method=socket",
                "--skip-test-db",
            )
        self._spawn(
            "mariadbd",
            "/usr/sbin/mariadbd",
            "--no-defaults",
            "--user=root",
            f"--datadir={data}",
            f"--tmpdir={self._layout.run}",
            "--bind-address=127.0.0.1",
            f"--port={self._layout.database_port}",
            f"--socket={self._socket}",
            f"--pid-file={self._layout.run}/mariadbd.pid",
            "--innodb-buffer-pool-size=512M",
            "--innodb-lock-wait-timeout=900",
            "--innodb-flush-log-at-trx-commit=2",
            "--skip-name-resolve",
        )
        self._wait("mariadbd", lambda: self._succeeds(*self._sql("SELECT 1")))
        password = self._layout.password
        self._run(
            *self._sql(
                f"CREATE DATABASE IF NOT EXISTS {DATABASE};"
                f"CREATE USER IF NOT EXISTS slurm@'127.0.0.1' IDENTIFIED BY '{password}';"
                f"GRANT ALL ON {DATABASE}.* TO slurm@'127.0.0.1'"
            )
        )

    def start_slurmdbd(self) -> None:
        """The accounting daemon, which every sacctmgr talks to."""
        self._spawn("slurmdbd", "/usr/sbin/slurmdbd", "-D")
        self._wait(
            "slurmdbd", lambda: self._succeeds(*self._client("sacctmgr", "-n", "show", "tres"))
        )

    def start_slurmctld(self) -> None:
        """The controller, which schedules jobs."""
        self._spawn("slurmctld", "/usr/sbin/slurmctld", "-D")
        self._wait("slurmctld", lambda: self._succeeds(*self._client("scontrol", "ping")))

    def start_nodes(self) -> None:
        """The nodes, all on this machine."""
        for number in range(1, NODES + 1):
            self._spawn(f"slurmd-n{number}", "/usr/sbin/slurmd", "-D", "-N", f"n{number}")
        self._wait("slurmd-n1", self._nodes_are_idle)

    def stop_one(self, name: str) -> None:
        """Stop one daemon, as an administrator would, and wait for its end."""
        process = self._running.pop(name)
        _end(process, STOP_SECONDS)

    def stop(self) -> None:
        """Stop everything, last started first."""
        for name in reversed(list(self._running)):
            with contextlib.suppress(KeyError):
                self.stop_one(name)

    def _nodes_are_idle(self) -> bool:
        done = self._attempt(*self._client("sinfo", "-h", "-N", "-o", "%T"))
        states = done.stdout.split()
        return len(states) >= NODES and set(states) == {b"idle"}

    @property
    def _socket(self) -> str:
        return f"{self._layout.run}/mariadbd.socket"

    def _sql(self, statement: str) -> tuple[str, ...]:
        return ("/usr/bin/mariadb", "--no-defaults", f"--socket={self._socket}", "-e", statement)

    def _client(self, name: str, *words: str) -> tuple[str, ...]:
        return (str(self._layout.silent_bin_path / name), *words)

    def _sacctmgr(self, *words: str) -> None:
        self._run(*self._client("sacctmgr", *words))

    def _spawn(self, name: str, *argv: str) -> None:
        environment = {**os.environ, "SLURM_CONF": str(self._layout.slurm_conf)}
        with (self._layout.log / f"{name}.out").open("ab") as output:
            self._running[name] = subprocess.Popen(  # noqa: S603 - our own words
                argv,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _attempt(self, *argv: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(  # noqa: S603 - our own words
            argv, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=START_SECONDS
        )

    def _succeeds(self, *argv: str) -> bool:
        return self._attempt(*argv).returncode == 0

    def _run(self, *argv: str) -> None:
        done = self._attempt(*argv)
        if done.returncode != 0:
            raise DaemonError(f"{argv[0]} failed: {(done.stdout + done.stderr).decode()[-500:]}")

    def _wait(self, name: str, is_up: Callable[[], bool]) -> None:
        """Ask the thing itself until it answers."""
        deadline = time.monotonic() + START_SECONDS
        while not is_up():
            if self._running[name].poll() is not None or time.monotonic() > deadline:
                output = (self._layout.log / f"{name}.out").read_text(errors="replace")
                raise DaemonError(f"{name} did not come up: {output[-800:]}")
            time.sleep(0.05)


def _end(process: subprocess.Popen[bytes], seconds: float) -> None:
    """End a process and its whole session."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(seconds)
