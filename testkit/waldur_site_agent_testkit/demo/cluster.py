"""An emulated Slurm behind commands in a folder of its own.

The agent is pointed at that folder, so a demo on a login node never touches the real cluster.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from waldur_site_agent_testkit.demo.accounting import jobs_file

if TYPE_CHECKING:
    from pathlib import Path

EMULATED = ("sacctmgr", "scancel", "scontrol", "sinfo")
WRAPPER = """#!/bin/sh
export SLURM_EMULATOR_STATE_FILE='{state}' SLURM_EMULATOR_TIME_FOLLOW_WALL=1
echo "{name} $*" >> '{log}'
exec '{python}' -m waldur_site_agent_testkit.demo.emulated {name} "$@"
"""
NO_JOBS = "#!/bin/sh\nexit 0\n"
"""``squeue``, which the emulator lacks; no job runs while the demo looks."""
SACCT = """#!/bin/sh
echo "sacct $*" >> '{log}'
exec '{python}' -m waldur_site_agent_testkit.demo.accounting '{folder}' "$@"
"""


class EmulatedCluster:
    """Slurm's commands, their state in one file, and a record of what was run."""

    def __init__(self, folder: Path) -> None:
        """Lay the commands out in a folder."""
        self.bin_path = folder / "bin"
        self._state = folder / "slurm.json"
        self._log = folder / "commands.log"
        self.bin_path.mkdir()
        self._log.touch()
        for name in EMULATED:
            text = WRAPPER.format(
                state=self._state, log=self._log, python=sys.executable, name=name
            )
            self._install(name, text)
        self._install("squeue", NO_JOBS)
        sacct = SACCT.format(log=self._log, folder=folder, python=sys.executable)
        self._install("sacct", sacct)
        self._folder = folder
        self._jobs = 0

    def _install(self, name: str, text: str) -> None:
        path = self.bin_path / name
        path.write_text(text)
        path.chmod(0o755)

    def take_commands(self) -> list[str]:
        """The commands that were run since the last call."""
        commands = self._log.read_text().splitlines()
        self._log.write_text("")
        return commands

    def run(self, *words: str) -> str:
        """Run one of the commands as an administrator would, off the record."""
        program, *arguments = words
        environment = {
            **os.environ,
            "SLURM_EMULATOR_STATE_FILE": str(self._state),
            "SLURM_EMULATOR_TIME_FOLLOW_WALL": "1",
        }
        done = subprocess.run(  # noqa: S603 - our own interpreter and our own words
            [sys.executable, "-m", "waldur_site_agent_testkit.demo.emulated", program, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout

    def run_job(self, account: str, user: str, *, hours: int, cpus: int, gpus: int = 0) -> None:
        """Have a job have run this month."""
        self._jobs += 1
        job = {
            "JobIDRaw": str(self._jobs),
            "State": "COMPLETED",
            "Account": account,
            "User": user,
            "ElapsedRaw": str(hours * 3600),
            "AllocTRES": f"billing={cpus},cpu={cpus},gres/gpu={gpus},mem={2 * cpus}G,node=1",
        }
        with jobs_file(self._folder, datetime.now(UTC)).open("a") as file:
            file.write(json.dumps(job) + "\n")

    def add_account(self, name: str) -> None:
        """Make an account as an administrator would."""
        about = (f"description={name}", "organization=uni", "parent=root")
        self.run("sacctmgr", "-i", "add", "account", name, *about)

    def add_qos(self, name: str) -> None:
        """Make a quality of service as an administrator would."""
        self.run("sacctmgr", "-i", "add", "qos", name)

    def users_of(self, account: str) -> set[str]:
        """Who is on an account."""
        words = ("sacctmgr", "-n", "-P", "show", "assoc", "format=account,user")
        rows = (line.split("|") for line in self.run(*words).splitlines())
        return {user for name, user, *_ in rows if name == account and user}

    def qos_of(self, account: str) -> str:
        """The quality of service of an account; blank where it is not there."""
        return next((qos for name, _, _, qos, _ in self.accounts() if name == account), "")

    def accounts(self) -> list[tuple[str, str, str, str, int]]:
        """Account, parent, limits, QoS and number of users, as the cluster has them."""
        fields = "format=account,user,parentname,grptresmins,qos"
        rows = [
            line.split("|")
            for line in self.run("sacctmgr", "-n", "-P", "show", "assoc", fields).splitlines()
            if line.count("|") >= 4  # noqa: PLR2004 - five fields a row
        ]
        users: dict[str, int] = {}
        for account, user, *_ in rows:
            users[account] = users.get(account, 0) + bool(user)
        return [
            (account, parent, limits, qos, users[account])
            for account, user, parent, limits, qos, *_ in rows
            if not user and account != "root"
        ]
