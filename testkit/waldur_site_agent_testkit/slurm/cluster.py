"""A real Slurm cluster for tests: its commands, its jobs, and what it says."""

from __future__ import annotations

import json
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from waldur_site_agent_testkit.slurm.daemons import Daemons
from waldur_site_agent_testkit.slurm.layout import lay_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PATIENCE_SECONDS = 60


class Association(NamedTuple):
    """A row of ``sacctmgr show assoc``; ``user`` is blank on an account's own row."""

    account: str
    user: str
    parent: str
    partition: str
    limits: str
    qos: str
    default_qos: str
    max_submit: str


class SlurmCluster:
    """A cluster of our own, from nothing in about ten seconds; a context manager.

    ``bin_path`` holds Slurm's commands bound to it; every process that is started from there is
    recorded, see :meth:`commands`.
    """

    def __init__(self) -> None:
        """Lay out the cluster's files; nothing runs yet."""
        self._folder = Path(tempfile.mkdtemp(prefix="waldur-site-agent-slurm-"))
        self.layout = lay_out(self._folder / "cluster")
        self._folder.chmod(0o755)
        self.daemons = Daemons(self.layout)

    def __enter__(self) -> Self:
        """Start it."""
        try:
            self.daemons.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it and remove its files."""
        self.daemons.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def name(self) -> str:
        """The plugin's ``cluster_name``."""
        return self.layout.cluster

    @property
    def bin_path(self) -> str:
        """Where the recorded commands are; the plugin's ``slurm_bin_path``."""
        return str(self.layout.bin_path)

    def commands(self) -> list[str]:
        """The processes started from ``bin_path`` since the last reset, a line each."""
        return self.layout.commands.read_text().splitlines()

    def reset_commands(self) -> None:
        """Forget the processes so far."""
        self.layout.commands.write_text("")

    def run(self, program: str, *words: str) -> str:
        """Run one of Slurm's commands off the record.

        Raises:
            subprocess.CalledProcessError: it failed.
        """
        done = subprocess.run(  # noqa: S603 - tests choose the words
            [str(self.layout.silent_bin_path / program), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
            timeout=PATIENCE_SECONDS,
        )
        return done.stdout

    def sacctmgr(self, *words: str) -> str:
        """Run sacctmgr without its questions, off the record."""
        return self.run("sacctmgr", "-i", *words)

    def load(self, text: str) -> None:
        """Add what a file in sacctmgr's own format tells, off the record."""
        path = self._folder / "load.cfg"
        path.write_text(text)
        self.sacctmgr("load", f"file={path}")

    def associations(self) -> list[Association]:
        """All associations but root's own."""
        fields = "format=account,user,parentname,partition,grptresmins,qos,defaultqos,grpsubmitjobs"
        lines = self.run("sacctmgr", "-n", "-P", "show", "assoc", fields).splitlines()
        rows = [Association(*line.split("|")) for line in lines]
        return [row for row in rows if row.account != "root"]

    def account(self, name: str) -> Association | None:
        """An account's own row."""
        rows = [row for row in self.associations() if row.account == name and not row.user]
        return rows[0] if rows else None

    def users_of(self, account: str) -> set[str]:
        """The users of an account."""
        return {row.user for row in self.associations() if row.account == account and row.user}

    def submit(
        self, user: str, account: str, *, seconds: int = 300, options: Iterable[str] = ()
    ) -> str:
        """Submit a job as a user, and answer with its id.

        Raises:
            subprocess.CalledProcessError: Slurm refused it.
        """
        output = self.run(
            "sbatch",
            f"--uid={user}",
            f"--account={account}",
            "--chdir=/tmp",
            "--output=/dev/null",
            "--parsable",
            *options,
            f"--wrap=sleep {seconds}",
        )
        return output.strip().splitlines()[-1]

    def accepts(self, user: str, account: str) -> bool:
        """Whether Slurm takes a job of a user on an account; the job is cancelled at once."""
        try:
            job = self.submit(user, account)
        except subprocess.CalledProcessError:
            return False
        self.run("scancel", job)
        return True

    def job_state(self, job: str) -> str:
        """A job's state as squeue has it; blank when it is not in the queue."""
        try:
            return self.run("squeue", "-h", "-j", job, "-o", "%T").strip()
        except subprocess.CalledProcessError:
            return ""

    def wait_until_accounted(self, job: str) -> None:
        """Wait until slurmdbd knows that a job runs, which is a little after it does."""
        self.wait_until(
            f"job {job} accounted",
            lambda: "RUNNING" in self.run("sacct", "-n", "-X", "-j", job, "-o", "state"),
        )

    def wait_until(
        self, what: str, is_so: Callable[[], bool], *, seconds: float = PATIENCE_SECONDS
    ) -> None:
        """Ask until it is so.

        Raises:
            TimeoutError: it was not in time.
        """
        deadline = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited in vain: {what}")
            time.sleep(0.1)

    def wait_for_job(self, job: str, state: str) -> None:
        """Wait until a job is in a state, such as ``RUNNING``, or gone (blank)."""
        self.wait_until(f"job {job} {state or 'gone'}", lambda: self.job_state(job) == state)

    def stop_slurmdbd(self) -> None:
        """Take the accounting daemon down: no sacctmgr answers."""
        self.daemons.stop_one("slurmdbd")

    def start_slurmdbd(self) -> None:
        """Bring the accounting daemon back."""
        self.daemons.start_slurmdbd()

    def reset(self) -> None:
        """Remove all jobs, users, accounts and QoS that tests made."""
        self._cancel_all_jobs()
        accounts = {row.account for row in self.associations()}
        users = set(self.run("sacctmgr", "-nP", "show", "user", "format=user").split()) - {"root"}
        for what, names in (("user", users), ("account", accounts)):
            if names:
                self._remove(what, ",".join(sorted(names)))
        qos = self.run("sacctmgr", "-n", "-P", "show", "qos", "format=name").split()
        made = sorted(set(qos) - {"normal"})
        if made:
            self.sacctmgr("remove", "qos", ",".join(made))
        self.reset_commands()

    def _remove(self, what: str, names: str) -> None:
        """Remove users or accounts, as soon as slurmdbd has heard that their jobs have ended."""

        def is_done() -> bool:
            try:
                self.sacctmgr("remove", what, names)
            except subprocess.CalledProcessError:
                return False
            return True

        self.wait_until(f"the {what}s to be removed", is_done)

    def _cancel_all_jobs(self) -> None:
        jobs = self.run("squeue", "-h", "-o", "%A").split()
        if jobs:
            self.run("scancel", *jobs)
            self.wait_until("an empty queue", lambda: not self.run("squeue", "-h").strip())

    def describe(self) -> str:
        """Settings for the agent's configuration, as JSON (which is YAML)."""
        return json.dumps({"slurm_bin_path": self.bin_path, "cluster_name": self.name}, indent=2)


def ensure_unix_users(names: Iterable[str]) -> None:
    """Make Unix accounts without homes where they are missing; as root."""
    for name in names:
        try:
            pwd.getpwnam(name)
        except KeyError:
            subprocess.run(  # noqa: S603 - tests choose the names
                ["/usr/sbin/useradd", "--no-create-home", "--shell", "/usr/sbin/nologin", name],
                check=True,
                timeout=PATIENCE_SECONDS,
            )
