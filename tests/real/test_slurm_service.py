"""The harness itself: a real Slurm that behaves as the plugin's facts about it say."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from waldur_site_agent_testkit.slurm.cluster import SlurmCluster


def test_a_member_may_submit_and_a_stranger_may_not(
    slurm: SlurmCluster, people: tuple[str, ...]
) -> None:
    slurm.sacctmgr("add", "account", "climate", "description=x", "organization=x", "parent=root")
    slurm.sacctmgr("add", "user", people[0], "account=climate")
    assert slurm.users_of("climate") == {people[0]}
    assert slurm.accepts(people[0], "climate")
    assert not slurm.accepts(people[1], "climate")


def test_processes_are_counted(slurm: SlurmCluster) -> None:
    argv = [f"{slurm.bin_path}/sacctmgr", "-n", "show", "tres"]
    subprocess.run(argv, check=True, timeout=60)  # noqa: S603 - our own words
    assert slurm.commands() == ["sacctmgr -n show tres"]


def test_an_account_whose_jobs_run_cannot_be_removed(
    slurm: SlurmCluster, people: tuple[str, ...]
) -> None:
    slurm.sacctmgr("add", "account", "climate", "description=x", "organization=x")
    slurm.sacctmgr("add", "user", people[0], "account=climate")
    job = slurm.submit(people[0], "climate")
    slurm.wait_for_job(job, "RUNNING")
    slurm.wait_until_accounted(job)
    with pytest.raises(subprocess.CalledProcessError, match="returned non-zero"):
        slurm.sacctmgr("remove", "account", "climate")


def test_an_outage_and_its_end(slurm: SlurmCluster) -> None:
    slurm.stop_slurmdbd()
    try:
        with pytest.raises(subprocess.CalledProcessError):
            slurm.sacctmgr("show", "tres")
    finally:
        slurm.start_slurmdbd()
    assert "cpu" in slurm.sacctmgr("show", "tres")


def test_a_reset_leaves_nothing(slurm: SlurmCluster) -> None:
    slurm.sacctmgr("add", "account", "climate", "description=x", "organization=x")
    slurm.sacctmgr("add", "qos", "special")
    slurm.reset()
    assert slurm.associations() == []
