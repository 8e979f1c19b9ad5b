from __future__ import annotations

from typing import Any

import pytest

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
