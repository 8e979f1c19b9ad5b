from __future__ import annotations

import pytest

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent_slurm.answers import (
    CommandRefusedError,
    JobsActiveError,
    PassingError,
    failure,
    is_refusal,
    presentable,
)

LOADED = """For cluster hpc
Users
      Name   Def Acct
---------- ----------
       bob       root
---------------------------------------------------

User Associations
      User    Account
       bob       a_x1
--------------------------------------------------------------

 Problem adding user associations: Unspecified error
"""
SCRIPT = """sacctmgr: remove user where name=bob,eve account=a_x1 cluster=hpc
 Error with request: Job(s) active, cancel job(s) before remove
  JobID = 1          C = hpc        A = a_x1       U = bob
sacctmgr: add user name=kim account=a_x1 cluster=hpc
"""


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("sacctmgr: error: Sending PersistInit msg: Connection refused", BackendUnavailableError),
        ("slurm_load_jobs error: Unable to contact slurm controller", BackendUnavailableError),
        ("sacctmgr: fatal: Could not establish a configuration source", BackendUnavailableError),
        ("Protocol authentication error", BackendUnavailableError),
        ("mysql_query failed: 1213 Deadlock found; try restarting transaction", PassingError),
        (SCRIPT, JobsActiveError),
        (" Nothing modified", CommandRefusedError),
        ("Your user does not have sufficient privileges to load files.", CommandRefusedError),
        ("", CommandRefusedError),
    ],
)
def test_what_a_failure_means(said: str, kind: type[BackendError]) -> None:
    error = failure("/usr/bin/sacctmgr", said)
    assert type(error) is kind
    assert str(error).startswith("sacctmgr: ")


@pytest.mark.parametrize("said", [LOADED, SCRIPT, "Invalid user: bob", " U = bob  A = a_x1"])
def test_names_of_users_are_not_repeated(said: str) -> None:
    text = presentable(said)
    assert not [name for name in ("bob", "eve", "kim") if name in text]


def test_the_reason_is_repeated_shortened() -> None:
    assert presentable(LOADED) == (
        "For cluster hpc Problem adding user associations: Unspecified error"
    )
    assert len(presentable("x" * 10_000)) <= 501


def test_a_refusal_with_exit_code_zero() -> None:
    assert is_refusal(" These associations don't have access to their default qos.\n")
    assert not is_refusal(" Modified account associations...\n")
