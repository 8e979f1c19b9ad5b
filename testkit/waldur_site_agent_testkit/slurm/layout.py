"""Folders, ports and configuration files of a Slurm of our own."""

from __future__ import annotations

import os
import secrets
import socket
import stat
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent_testkit.ports import reserve_ports

if TYPE_CHECKING:
    from pathlib import Path

NODES = 2
GPUS = 4
DATABASE = "slurm_acct"
CLIENTS = ("sacctmgr", "sacct", "squeue", "scancel", "sinfo", "scontrol", "sbatch", "sshare")

SLURM_CONF = """\
ClusterName={cluster}
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={run}/munge.socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={top}/state
SlurmdSpoolDir={top}/spool/%n
SlurmctldPidFile={run}/slurmctld.pid
SlurmdPidFile={run}/%n.pid
SlurmctldLogFile={log}/slurmctld.log
SlurmdLogFile={log}/%n.log
MailProg=/bin/true
MpiDefault=none
ProctrackType=proctrack/linuxproc
{version_dependent}
PropagateResourceLimits=NONE
SlurmdParameters=config_overrides
ReturnToService=2
JobRequeue=0
KillWait=2
MinJobAge=60
MessageTimeout=30
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=2,sched_min_interval=0,bf_interval=5
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=100
PriorityType=priority/multifactor
PriorityDecayHalfLife=0
PriorityUsageResetPeriod=NONE
PriorityCalcPeriod=1
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={dbd_port}
AccountingStoragePass={run}/munge.socket
AccountingStorageEnforce=associations,limits,qos
AccountingStorageTRES=gres/gpu,gres/gpu:a100
GresTypes=gpu
NodeName=n[1-{nodes}] NodeHostname={host} NodeAddr=127.0.0.1 Port=[{node_ports}] CPUs=32 \\
  RealMemory=131072 Gres=gpu:a100:{gpus} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE DefaultTime=60 State=UP
PartitionName=gpu Nodes=ALL MaxTime=INFINITE DefaultTime=60 State=UP
"""

SLURMDBD_CONF = """\
AuthType=auth/munge
AuthInfo=socket={run}/munge.socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={dbd_port}
SlurmUser=root
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={database_port}
StorageUser=slurm
StoragePass={password}
StorageLoc={database}
CommitDelay=1
LogFile={log}/slurmdbd.log
PidFile={run}/slurmdbd.pid
"""

# 24.11 dropped these keys' "none" values, and knows a cgroup plugin that does nothing.
UP_TO_23 = "TaskPlugin=task/none\nSwitchType=switch/none\nJobAcctGatherType=jobacct_gather/none"
CGROUP_UP_TO_23 = "CgroupAutomount=no\n"
CGROUP_FROM_24 = "CgroupPlugin=disabled\n"

WRAPPER = """#!/bin/sh
export SLURM_CONF='{conf}'
{record}exec {program} "$@"
"""
RECORD = """printf '%s\\n' "{name} $*" >> '{commands}'
"""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where a cluster's files are, and which ports it uses."""

    top: Path
    controller_port: int
    dbd_port: int
    database_port: int
    node_ports: tuple[int, ...]
    password: str

    @property
    def cluster(self) -> str:
        """A name of its own: agents of one host take turns at writing to a cluster, by its name."""
        return f"test{self.controller_port}"

    @property
    def run(self) -> Path:
        """Sockets and pid files."""
        return self.top / "run"

    @property
    def log(self) -> Path:
        """Logs of the daemons."""
        return self.top / "log"

    @property
    def slurm_conf(self) -> Path:
        """What SLURM_CONF names."""
        return self.top / "etc" / "slurm.conf"

    @property
    def bin_path(self) -> Path:
        """Slurm's commands bound to this cluster; each run is recorded."""
        return self.top / "bin"

    @property
    def silent_bin_path(self) -> Path:
        """The same commands for a test's own use, unrecorded."""
        return self.top / "silent-bin"

    @property
    def commands(self) -> Path:
        """The record: a line a process."""
        return self.top / "commands.log"


def lay_out(top: Path) -> Layout:
    """Make the folders, files and devices of a cluster."""
    controller, dbd, database, *nodes = reserve_ports(3 + NODES)
    layout = Layout(
        top=top,
        controller_port=controller,
        dbd_port=dbd,
        database_port=database,
        node_ports=tuple(nodes),
        password=secrets.token_hex(8),
    )
    for name in ("etc", "run", "log", "state", "spool", "gpu", "database", "bin", "silent-bin"):
        (top / name).mkdir(parents=True)
    top.chmod(0o755)
    _write_configuration(layout)
    _make_devices(layout)
    layout.commands.touch()
    layout.commands.chmod(0o666)  # so that tests may run commands as anybody
    for name in CLIENTS:
        record = RECORD.format(name=name, commands=layout.commands)
        _wrap(layout, layout.bin_path / name, record)
        _wrap(layout, layout.silent_bin_path / name, "")
    return layout


def _write_configuration(layout: Layout) -> None:
    modern = _major_version() >= 24  # noqa: PLR2004 - see UP_TO_23
    values = {
        "top": layout.top,
        "run": layout.run,
        "log": layout.log,
        "cluster": layout.cluster,
        "database": DATABASE,
        "host": socket.gethostname().split(".", maxsplit=1)[0],
        "controller_port": layout.controller_port,
        "dbd_port": layout.dbd_port,
        "database_port": layout.database_port,
        "node_ports": ",".join(map(str, layout.node_ports)),
        "nodes": NODES,
        "gpus": GPUS,
        "password": layout.password,
        "version_dependent": "" if modern else UP_TO_23,
    }
    etc = layout.slurm_conf.parent
    layout.slurm_conf.write_text(SLURM_CONF.format(**values))
    dbd = etc / "slurmdbd.conf"
    dbd.write_text(SLURMDBD_CONF.format(**values))
    dbd.chmod(0o600)
    (etc / "cgroup.conf").write_text(CGROUP_FROM_24 if modern else CGROUP_UP_TO_23)
    devices = f"{layout.top}/gpu/gpu[0-{GPUS - 1}]"
    (etc / "gres.conf").write_text(f"NodeName=n[1-{NODES}] Name=gpu Type=a100 File={devices}\n")
    key = etc / "munge.key"
    key.write_bytes(secrets.token_bytes(128))
    key.chmod(0o400)


def _make_devices(layout: Layout) -> None:
    """GPUs must be character devices: these are /dev/null by other names."""
    for number in range(GPUS):
        path = layout.top / "gpu" / f"gpu{number}"
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))


def _wrap(layout: Layout, path: Path, record: str) -> None:
    text = WRAPPER.format(conf=layout.slurm_conf, record=record, program=f"/usr/bin/{path.name}")
    path.write_text(text)
    path.chmod(0o755)


def _major_version() -> int:
    done = subprocess.run(
        ["/usr/sbin/slurmctld", "-V"], capture_output=True, text=True, check=True, timeout=30
    )
    return int(done.stdout.split()[-1].split(".", maxsplit=1)[0])
