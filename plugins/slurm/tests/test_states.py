from __future__ import annotations

from typing import Any

import pytest

from waldur_site_agent.backend.structures import ResourceStatus

QOS = {"qos_paused": "paused", "qos_downscaled": "slow"}
ENFORCED = {"qos_enforcement_enabled": True, "enforce_offering_qos": True}


@pytest.fixture
def account(slurm: Any, backend: Any, make_resource: Any) -> Any:
    backend.create_resource_with_id(make_resource(), "a_x1")
    slurm.lines.clear()
    return slurm.accounts["a_x1"]


def test_pausing_and_restoring_by_qos(slurm: Any, account: Any, make_backend: Any) -> None:
    backend = make_backend(**QOS)
    assert backend.downscale_resource("a_x1")
    assert (account.qos, account.default_qos) == ({"slow"}, "slow")
    assert backend.pause_resource("a_x1")
    assert (account.qos, account.default_qos) == ({"paused"}, "paused")
    assert backend.get_resource_metadata("a_x1") == {"qos": "paused"}
    slurm.lines.clear()
    assert backend.pause_resource("a_x1")
    assert slurm.writes == []
    assert backend.restore_resource("a_x1")
    assert (account.qos, account.default_qos) == ({"normal"}, "normal")
    slurm.lines.clear()
    assert not backend.restore_resource("a_x1")
    assert slurm.writes == []


def test_how_an_account_stands(account: Any, make_backend: Any) -> None:
    backend = make_backend(**QOS)
    assert backend.get_resource_status("a_x1") is ResourceStatus.NORMAL
    backend.downscale_resource("a_x1")
    assert backend.get_resource_status("a_x1") is ResourceStatus.DOWNSCALED
    backend.pause_resource("a_x1")
    assert backend.get_resource_status("a_x1") is ResourceStatus.PAUSED
    account.qos = {"normal", "slow"}
    account.default_qos = "normal"
    assert backend.get_resource_status("a_x1") is ResourceStatus.NORMAL
    same = make_backend(qos_paused="slow", qos_downscaled="slow")
    same.pause_resource("a_x1")
    assert same.get_resource_status("a_x1") is None
    assert make_backend(**QOS, **ENFORCED).get_resource_status("a_x1") is None
    assert backend.get_resource_status("a_x2") is None


def test_restoring_leaves_qos_that_an_administrator_gave(
    slurm: Any, account: Any, make_backend: Any
) -> None:
    account.qos = {"normal", "extra"}
    assert not make_backend(**QOS).restore_resource("a_x1")
    assert account.qos == {"normal", "extra"}
    assert slurm.writes == []


def test_an_account_with_its_own_qos_gets_it_back(
    slurm: Any, account: Any, make_backend: Any, make_resource: Any
) -> None:
    managed = {"enabled": True, "additional_qos": ["extra"]}
    backend = make_backend(**QOS, qos_management=managed)
    backend.adopt_resource(make_resource(), "a_x1")
    backend.pause_resource("a_x1")
    slurm.lines.clear()
    backend.adopt_resource(make_resource(), "a_x1")
    assert slurm.writes == [], "a repair lifts no pause"
    backend.restore_resource("a_x1")
    assert (account.qos, account.default_qos) == ({"normal", "a_x1", "extra"}, "a_x1")


@pytest.mark.parametrize("default", ["", "extra", "normal"])
def test_qos_that_an_administrator_gave_survive_a_pause(
    slurm: Any, account: Any, make_backend: Any, default: str
) -> None:
    backend = make_backend(**QOS)
    account.qos, account.default_qos = {"normal", "extra"}, default
    backend.downscale_resource("a_x1")
    backend.pause_resource("a_x1")
    assert account.qos == {"paused"}
    account.qos = {"paused", "slow", "fast"}
    slurm.all_qos.add("fast")
    assert backend.restore_resource("a_x1")
    assert account.qos == {"normal", "extra", "fast"}
    assert account.default_qos == (default or "normal")
    assert account.description == "my allocation"


def test_the_note_of_a_pause_that_never_came_is_not_believed(
    account: Any, make_backend: Any
) -> None:
    account.description = "Mine [before the pause: QOS=extra DefaultQOS=extra]"
    backend = make_backend(**QOS)
    backend.pause_resource("a_x1")
    assert account.description == "mine"
    backend.restore_resource("a_x1")
    assert account.qos == {"normal"}


def test_an_account_that_may_use_a_slow_qos_beside_others_is_not_downscaled(
    slurm: Any, account: Any, make_backend: Any
) -> None:
    account.qos, account.default_qos = {"normal", "slow"}, "normal"
    assert not make_backend(**QOS).restore_resource("a_x1")
    assert slurm.writes == []


@pytest.mark.usefixtures("account")
def test_without_a_qos_to_pause_by_nothing_happens(slurm: Any, backend: Any) -> None:
    assert not backend.pause_resource("a_x1")
    assert not backend.downscale_resource("a_x1")
    assert slurm.writes == []


def test_members_with_grants_are_paused_by_submission(
    slurm: Any, account: Any, make_backend: Any
) -> None:
    backend = make_backend(**ENFORCED)
    assert backend.pause_resource("a_x1")
    assert account.submit == "0"
    slurm.lines.clear()
    assert backend.downscale_resource("a_x1")
    assert slurm.writes == []
    assert backend.restore_resource("a_x1")
    assert account.submit == ""
    slurm.lines.clear()
    backend.restore_resource("a_x1")
    assert slurm.writes == []
    assert account.qos == {"normal"}
