"""A policy's settings on a real Slurm: seen by sacctmgr, sshare and the jobs that they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent_slurm.backend import SlurmBackend
from waldur_site_agent_slurm.client import SlurmClient

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from waldur_site_agent_testkit.slurm.cluster import SlurmCluster

ACCOUNT, PERSON, STRANGER = "a_x1", "wsa01", "wsa23"
FIELDS = "Fairshare,GrpTRESMins,MaxTRESMins,GrpTRES"
NOVEMBER = {"reset_raw_usage": True, "timestamp": "2026-11-01T00:00:00.000001"}
DECEMBER = {**NOVEMBER, "timestamp": "2026-12-01T00:00:00.000001"}


@pytest.fixture
def backend(make_backend: Callable[..., SlurmBackend], make_resource: Any) -> SlurmBackend:
    """The plugin, with a resource that has a member."""
    backend = make_backend(periodic_limits={"enabled": True})
    resource = make_resource()
    backend.create_resource_with_id(resource, ACCOUNT)
    backend.add_users_to_resource(resource, {PERSON})
    return backend


def on_account(slurm: SlurmCluster, user: str = "") -> list[str]:
    """What an association has of ``FIELDS``."""
    which = ["show", "assoc", "where", f"account={ACCOUNT}", f"format=User,{FIELDS}"]
    rows = [line.split("|") for line in slurm.run("sacctmgr", "-nP", *which).splitlines()]
    (found,) = [row[1:] for row in rows if row[0] == user]
    return found


def usage(slurm: SlurmCluster) -> int:
    """An account's raw usage, in seconds that are weighted as the cluster bills."""
    rows = slurm.run("sshare", "-nP", "-A", ACCOUNT, "-o", "Account,User,RawUsage").splitlines()
    (own,) = [row.split("|")[2] for row in rows if row.strip().startswith(f"{ACCOUNT}||")]
    return int(own)


def use(slurm: SlurmCluster) -> int:
    """Run a job, and wait until its usage is counted."""
    before = usage(slurm)
    slurm.wait_for_job(slurm.submit(PERSON, ACCOUNT, seconds=2, options=["-n4"]), "")
    slurm.wait_until("the usage to be counted", lambda: usage(slurm) > before)
    return usage(slurm)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"fairshare": 666}, ["666", "cpu=120000,mem=180G", "", ""]),
        ({"fairshare": 0}, ["0", "cpu=120000,mem=180G", "", ""]),
        (
            {"fairshare": 641, "grp_tres_mins": {"billing": 115500, "mem": 1536}},
            ["641", "billing=115500,cpu=120000,mem=1.50G", "", ""],
        ),
        (
            {"limit_type": "MaxTRESMins", "max_tres_mins": {"cpu": 60, "gres/gpu": 5}},
            ["1", "cpu=120000,mem=180G", "cpu=60,gres/gpu=5", ""],
        ),
        (
            {"limit_type": "GrpTRES", "grp_tres": {"cpu": 8, "gres/gpu:a100": 2}},
            ["1", "cpu=120000,mem=180G", "", "cpu=8,gres/gpu:a100=2"],
        ),
        ({"grp_tres_mins": {"cpu": -1, "mem": 0}}, ["1", "mem=0", "", ""]),
        ({}, ["1", "cpu=120000,mem=180G", "", ""]),
    ],
)
def test_each_setting_is_on_the_cluster_by_one_command_and_written_once(
    slurm: SlurmCluster, backend: SlurmBackend, settings: dict[str, Any], expected: list[str]
) -> None:
    first = backend.apply_periodic_settings(ACCOUNT, settings)
    assert first["success"]
    assert len(first["commands_executed"]) == (1 if settings else 0)
    assert [sorted(f.split(",")) for f in on_account(slurm)] == [
        sorted(field.split(",")) for field in expected
    ]
    slurm.reset_commands()
    again = backend.apply_periodic_settings(ACCOUNT, settings)
    assert (again["success"], again["commands_executed"]) == (True, [])
    (read,) = slurm.commands()
    assert "show assoc" in read


def test_usage_begins_anew_once_for_each_message(
    slurm: SlurmCluster, backend: SlurmBackend
) -> None:
    assert use(slurm) > 0
    settings = {"fairshare": 7, **NOVEMBER}
    slurm.reset_commands()
    told = backend.apply_periodic_settings(ACCOUNT, settings)["commands_executed"]
    assert [command.split(" set ")[1].split("=")[0] for command in told] == [
        "Fairshare",
        "RawUsage",
        "'description",
    ]
    assert len(slurm.commands()) == 5
    assert (usage(slurm), on_account(slurm)[0]) == (0, "7")

    used = use(slurm)
    again = backend.apply_periodic_settings(ACCOUNT, settings)
    assert (again["success"], again["commands_executed"]) == (True, [])
    assert usage(slurm) == used, "the message that came again took nothing away"

    assert backend.apply_periodic_settings(ACCOUNT, DECEMBER)["success"]
    assert usage(slurm) == 0


def test_slurm_itself_leaves_out_what_is_beside_a_reset(
    slurm: SlurmCluster, backend: SlurmBackend
) -> None:
    """Why the reset is a command of its own."""
    del backend
    slurm.sacctmgr("modify", "account", ACCOUNT, "set", "Fairshare=9", "RawUsage=0")
    assert on_account(slurm)[0] == "1"


def test_jobs_are_held_by_a_limit_and_released_by_the_next_period(
    slurm: SlurmCluster, backend: SlurmBackend
) -> None:
    def reason(job: str) -> str:
        return slurm.run("squeue", "-h", "-j", job, "-o", "%r").strip()

    backend.apply_periodic_settings(ACCOUNT, {"grp_tres_mins": {"cpu": 0}})
    job = slurm.submit(PERSON, ACCOUNT, options=["--time=1"])
    slurm.wait_until("the job to be held", lambda: "CPUMinutes" in reason(job))
    backend.apply_periodic_settings(ACCOUNT, {"grp_tres_mins": {"cpu": 60000}, **NOVEMBER})
    slurm.wait_for_job(job, "RUNNING")


def test_a_limit_of_jobs_is_not_taken_for_a_members_own(
    slurm: SlurmCluster, backend: SlurmBackend
) -> None:
    backend.apply_periodic_settings(ACCOUNT, {"max_tres_mins": {"cpu": 60000}})
    assert on_account(slurm, PERSON)[2] == "cpu=60000", "Slurm shows it as the user's"
    assert backend.get_resource_user_limits(ACCOUNT) == {}
    slurm.reset_commands()
    backend.set_resource_user_limits(ACCOUNT, PERSON, {})
    assert not [line for line in slurm.commands() if "modify" in line]
    backend.set_resource_user_limits(ACCOUNT, PERSON, {"cpu": 2})
    assert backend.get_resource_user_limits(ACCOUNT) == {PERSON: {"cpu": 2}}
    backend.set_resource_user_limits(ACCOUNT, PERSON, {})
    assert on_account(slurm, PERSON)[2] == "cpu=60000"


def test_what_the_cluster_cannot_limit_is_refused_whole(
    slurm: SlurmCluster, backend: SlurmBackend
) -> None:
    used = use(slurm)
    settings = {"fairshare": 9, "grp_tres_mins": {"cpu": 5, "licences": 5}, **NOVEMBER}
    with pytest.raises(BackendError, match="licences") as caught:
        backend.apply_periodic_settings(ACCOUNT, settings)
    assert not isinstance(caught.value, BackendUnavailableError)
    assert on_account(slurm)[:2] == ["1", "cpu=120000,mem=180G"]
    assert usage(slurm) == used


def test_an_account_that_is_gone(backend: SlurmBackend) -> None:
    with pytest.raises(BackendError, match="there is no Slurm account 'a_gone'"):
        backend.apply_periodic_settings("a_gone", NOVEMBER)


@pytest.mark.parametrize("daemon", ["slurmdbd", "slurmctld"])
def test_an_outage_is_no_verdict_and_all_is_done_after_it(
    slurm: SlurmCluster, backend: SlurmBackend, daemon: str
) -> None:
    use(slurm)
    slurm.daemons.stop_one(daemon)
    try:
        with pytest.raises(BackendUnavailableError):
            backend.apply_periodic_settings(ACCOUNT, {"fairshare": 7, **NOVEMBER})
    finally:
        if daemon == "slurmdbd":
            slurm.daemons.start_slurmdbd()
        else:
            slurm.daemons.start_slurmctld()
    assert backend.apply_periodic_settings(ACCOUNT, {"fairshare": 7, **NOVEMBER})["success"]
    assert (usage(slurm), on_account(slurm)[0]) == (0, "7")


class ClientOfStranger(SlurmClient):
    def runs_as(self) -> str:
        return STRANGER


class BackendOfStranger(SlurmBackend):
    def make_client(self, settings: Any) -> SlurmClient:
        return ClientOfStranger(settings)


def test_only_administrators_zero_usage_and_others_are_told(
    slurm: SlurmCluster,
    backend: SlurmBackend,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    slurm.sacctmgr("add", "user", STRANGER, "account=root", "adminlevel=Operator")
    for name in ("sacctmgr", "sacct", "squeue", "scancel"):
        path = tmp_path / name
        path.write_text(f'#!/bin/sh\nexec runuser -u {STRANGER} -- {slurm.bin_path}/{name} "$@"\n')
        path.chmod(0o755)
    changed = {"slurm_bin_path": str(tmp_path), "lock_directory": str(tmp_path)}
    stranger = BackendOfStranger({**backend.backend_settings, **changed}, {})
    assert use(slurm) > 0

    with pytest.raises(BackendError, match="below Administrator"):
        stranger.apply_periodic_settings(ACCOUNT, {"fairshare": 7, **NOVEMBER})
    assert on_account(slurm)[0] == "7", "an operator may do that"
    assert not stranger.diagnostics()
    assert f"sacctmgr modify user {STRANGER} set adminlevel=Administrator" in caplog.text

    slurm.sacctmgr("modify", "user", STRANGER, "set", "adminlevel=Administrator")
    assert stranger.diagnostics()
    assert stranger.apply_periodic_settings(ACCOUNT, NOVEMBER)["success"]
    assert usage(slurm) == 0
