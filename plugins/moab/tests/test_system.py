"""MAM as such: settings, states, diagnostics, deadlines and what is declared."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.structures import ResourceStatus
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.plugins.roles import BackendRoles, roles_of
from waldur_site_agent_moab.answers import CommandRefusedError, failure
from waldur_site_agent_moab.backend import MoabBackend
from waldur_site_agent_moab.client import MoabClient
from waldur_site_agent_moab.settings import MoabSettings

if TYPE_CHECKING:
    from pathlib import Path


def test_the_plugin_says_what_it_is_for_and_what_it_cannot_do() -> None:
    assert roles_of(MoabBackend) == BackendRoles(roles=frozenset(Role), declared=True)
    assert MoabBackend.unsupported_states == set(ResourceStatus) - {ResourceStatus.NORMAL}


def test_nothing_is_paused_and_nothing_says_so(mam: Any, backend: Any, caplog: Any) -> None:
    assert not backend.pause_resource("a_x1")
    assert not backend.downscale_resource("a_x1")
    assert not backend.restore_resource("a_x1")

    assert "'a_x1' is not paused: MAM knows no such state" in caplog.text
    assert "'a_x1' is not downscaled" in caplog.text
    assert backend.get_resource_status("a_x1") is ResourceStatus.NORMAL
    assert backend.get_resource_metadata("a_x1") == {}
    assert mam.state["calls"] == []


def test_what_is_wrong_with_settings_is_told_by_name(make_backend: Any, on_mam: Any) -> None:
    with pytest.raises(BackendError, match=r"backend_settings\.command_timeout_seconds"):
        make_backend(command_timeout_seconds=0)
    with pytest.raises(BackendError, match=r"backend_components: .* no component 'deposit'"):
        on_mam(None, {}, {"cpu": {}})


def test_other_components_of_the_offering_hinder_nothing(mam: Any, on_mam: Any) -> None:
    backend = on_mam(mam, {}, {"deposit": {}, "cpu": {"accounting_type": "usage"}})

    assert backend.list_components() == ["deposit"]


def test_diagnostics_of_a_mam_that_is_well(backend: Any, caplog: Any) -> None:
    caplog.set_level(logging.INFO)

    assert backend.diagnostics()

    assert "MAM has 0 accounts and 0 funds" in caplog.text
    assert "MAM knows no paused" in caplog.text


def test_diagnostics_of_one_that_is_not(mam: Any, make_backend: Any, caplog: Any) -> None:
    mam.is_up = False

    assert not make_backend({"unit_factor": 60}).diagnostics()

    assert "unit_factor is 60, and is not used" in caplog.text
    assert "Connection refused" in caplog.text


def test_diagnostics_name_accounts_whose_deposit_cannot_be_told(
    mam: Any, backend: Any, make_resource: Any, caplog: Any
) -> None:
    backend.create_resource_with_id(make_resource(), "a_x1")
    for number, account in (("8", "a_x1"), ("9", "somebody_elses"), ("10", "somebody_elses")):
        constraints = [f"Account={account}"]
        mam.state["funds"][number] = {"constraints": constraints, "balance": "0", "allocated": "0"}

    assert not backend.diagnostics()

    (told,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert told.startswith("the account 'a_x1' has the funds 1, 8 in MAM, so which of them holds")


def test_diagnostics_name_the_programs_that_are_missing(tmp_path: Path, caplog: Any) -> None:
    settings = {"mam_bin_path": str(tmp_path)}

    assert not MoabBackend(settings, {"deposit": {}}).diagnostics()

    assert f"there is no program {tmp_path}/mam-withdraw: see mam_bin_path" in caplog.text
    assert f"{tmp_path}/mam-list-accounts cannot be run" in caplog.text


def test_a_version_that_does_not_know_a_column_is_told(mam: Any, backend: Any, caplog: Any) -> None:
    standin_says = mam.answer

    def older(argv: Any) -> str:
        return standin_says([word.replace("Allocated", "Deposited") for word in argv])

    mam.answer = older

    assert not backend.diagnostics()
    assert "mam-list-funds: Deposited is not a valid attribute" in caplog.text


def test_a_command_that_overruns_its_deadline_is_an_outage(tmp_path: Path, standin: Any) -> None:
    standin.install(tmp_path)
    state = standin.empty_state()
    state["troubles"] = [{"program": "*", "kind": "hang", "after": 0, "times": 1}]
    standin.save(tmp_path, state)
    client = MoabClient(MoabSettings(mam_bin_path=str(tmp_path), command_timeout_seconds=0.5))

    with pytest.raises(BackendUnavailableError, match=r"did not end within 0\.5 seconds"):
        client.accounts()


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Unable to connect to socket (Connection refused)", BackendUnavailableError),
        ("Failed receiving message: timed out", BackendUnavailableError),
        ("Account a_x1 does not exist", CommandRefusedError),
        ("User is not authorized to perform this function", CommandRefusedError),
        ("", CommandRefusedError),
    ],
)
def test_what_a_failure_means(said: str, kind: type[BackendError]) -> None:
    assert type(failure("/opt/mam/bin/mam-deposit", said)) is kind
    assert str(failure("/opt/mam/bin/mam-deposit", said)).startswith("mam-deposit: ")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("User ada does not exist", "User *** does not exist"),
        ("ada: no. ada@x, +ada, ada.", "***: no. ada@x, +***, ***."),
        ("adam and bada", "adam and bada"),
        ("two\nlines", "two lines"),
        ("x" * 600, "x" * 500 + "…"),
    ],
)
def test_a_tools_words_are_one_line_without_names(said: str, shown: str) -> None:
    assert str(failure("mam", said, hidden=["ada"])) == f"mam: {shown}"
