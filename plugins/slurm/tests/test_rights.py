from __future__ import annotations

from typing import Any

import pytest

from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent_slurm.rights import Privacy, Rights, parse_privacy

SAID = """\
Configuration data as of 2026-11-24T16:05:14
PrivateData            = accounts
SlurmUserId            = root(0)

SlurmDBD configuration:
ArchiveDir             = /tmp
AuthInfo               = socket=/run/munge.socket
PrivateData            = jobs,usage
SlurmUser              = slurm(64030)
"""


def test_slurmdbd_hides_what_its_own_configuration_says() -> None:
    assert parse_privacy(SAID) == Privacy(hidden=frozenset({"jobs", "usage"}), owner="slurm")


@pytest.mark.parametrize("said", ["", "PrivateData = jobs\n", "SlurmDBD configuration:\n"])
def test_what_is_not_said_is_not_hidden(said: str) -> None:
    user = Rights(user="waldur", level="None", privacy=parse_privacy(said))
    assert user.deceptions == []


@pytest.mark.parametrize(
    ("user", "level", "private", "deceptions"),
    [
        ("waldur", "None", "jobs", 1),
        ("waldur", "", "jobs,users", 2),
        ("waldur", "None", "usage,accounts", 0),
        ("waldur", "None", "none", 0),
        ("waldur", "Operator", "jobs,users", 0),
        ("waldur", "Administrator", "jobs", 0),
        ("root", "", "jobs", 0),
        ("slurm", "", "jobs", 0),
    ],
)
def test_who_is_deceived(user: str, level: str, private: str, deceptions: int) -> None:
    privacy = Privacy(hidden=frozenset(private.split(",")), owner="slurm")
    assert len(Rights(user=user, level=level, privacy=privacy).deceptions) == deceptions


@pytest.fixture
def sound(make_backend: Any) -> Any:
    """An offering on a cluster that is as the settings want it."""
    backend = make_backend()
    assert backend.diagnostics()
    return backend


def test_diagnostics_tell_that_accounts_would_look_idle(
    sound: Any, slurm: Any, caplog: pytest.LogCaptureFixture
) -> None:
    slurm.private_data = "jobs,usage"
    assert sound.diagnostics()
    slurm.admin_levels["waldur"] = "None"
    caplog.clear()
    assert not sound.diagnostics()
    (told,) = [r.getMessage() for r in caplog.records if r.levelname == "ERROR"]
    assert "look idle (PrivateData=jobs)" in told
    assert told.endswith("sacctmgr modify user waldur set adminlevel=Operator")


def test_what_is_hidden_is_not_taken_for_absent(
    slurm: Any, backend: Any, make_resource: Any
) -> None:
    slurm.accounts["root"].users.clear()
    assert backend.pull_resource(make_resource(backend_id="a_gone")) is None
    slurm.private_data = "users"
    assert backend.client.get_resource("a_gone") is None, "an administrator sees everything"
    slurm.admin_levels["waldur"] = "None"
    with pytest.raises(BackendUnavailableError, match="adminlevel=Operator"):
        backend.client.get_resource("a_gone")


def test_diagnostics_tell_how_a_user_becomes_known(
    sound: Any, slurm: Any, caplog: pytest.LogCaptureFixture
) -> None:
    slurm.private_data = "users"
    slurm.admin_levels.clear()
    assert not sound.diagnostics()
    assert "sacctmgr add user waldur account=root adminlevel=Operator" in caplog.text


def test_diagnostics_tell_what_is_hidden_although_nothing_can_be_read(
    sound: Any, slurm: Any, caplog: pytest.LogCaptureFixture
) -> None:
    slurm.private_data = "users"
    slurm.admin_levels.clear()
    slurm.accounts.clear()
    assert not sound.diagnostics()
    told = [r.getMessage() for r in caplog.records if r.levelname == "ERROR"]
    assert ["PrivateData=users" in told[0], "may this user see" in told[1]] == [True, True]


def test_diagnostics_let_a_user_be_who_may_read_it_all(
    sound: Any, slurm: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """An offering that only reports needs no more."""
    slurm.admin_levels.clear()
    assert sound.diagnostics()
    assert any("below Operator" in r.getMessage() for r in caplog.records)


PERIODIC = {"periodic_limits": {"enabled": True}}
MANAGED = {"qos_management": {"enabled": True}}
EMULATED = {"periodic_limits": {"enabled": True, "emulator_mode": True}}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (PERIODIC, ["periodic_limits"]),
        ({**PERIODIC, **MANAGED}, ["qos_management", "periodic_limits"]),
        (EMULATED, []),
        ({}, []),
    ],
)
def test_diagnostics_tell_what_only_administrators_may(
    slurm: Any, make_backend: Any, caplog: pytest.LogCaptureFixture, settings: Any, told: list[str]
) -> None:
    assert make_backend(**settings).diagnostics(), "an administrator may do anything"
    slurm.admin_levels["waldur"] = "Operator"
    assert make_backend(**settings).diagnostics() is not bool(told)
    errors = [r.getMessage() for r in caplog.records if r.levelname == "ERROR"]
    assert [error.partition(":")[0] for error in errors] == [
        f"backend_settings.{key}" for key in told
    ]
    mend = "sacctmgr modify user waldur set adminlevel=Administrator"
    assert all(error.endswith(mend) for error in errors)


def test_diagnostics_warn_where_policies_and_prepaid_components_may_meet(
    make_backend: Any, caplog: pytest.LogCaptureFixture
) -> None:
    prepaid = {"node": {"accounting_type": "one", "unit_factor": 60}}
    assert make_backend(prepaid).diagnostics()
    assert "prepaid" not in caplog.text
    assert make_backend(prepaid, **PERIODIC).diagnostics()
    assert "periodic_limits beside prepaid components" in caplog.text
