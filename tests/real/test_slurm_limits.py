"""Limits on a real Slurm: units, targets, prepaid months, what the cluster cannot limit."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

CPU = {"cpu": {"unit_factor": 60000, "accounting_type": "limit"}}
NODE = {
    "node_hours": {
        "accounting_type": "limit",
        "target_components": {"cpu": {"factor": 3840}, "gres/gpu": {"factor": 240}},
    }
}


class Waldur:
    """What ``sync_resource_limits`` writes to."""

    def __init__(self) -> None:
        self.gateway = self
        self.resources = self
        self.told: list[dict[str, float]] = []

    def set_limits(self, _uuid: object, limits: dict[str, float]) -> None:
        self.told.append(limits)


def limits_of(slurm: Any, account: str = "a_x1") -> dict[str, str]:
    return dict(pair.split("=") for pair in slurm.account(account).limits.split(",") if pair)


def test_what_the_cluster_cannot_limit_is_told_once_and_never_lost_in_waldur(
    slurm: Any, make_backend: Any, make_resource: Any, caplog: pytest.LogCaptureFixture
) -> None:
    backend = make_backend({**CPU, "consultancy": {"accounting_type": "limit"}})
    resource = make_resource(limits={"cpu": 2, "consultancy": 3})
    assert backend.create_resource_with_id(resource, "a_x1").limits == resource.limits
    backend.set_resource_limits("a_x1", {"cpu": 3, "consultancy": 4})
    assert limits_of(slurm) == {"cpu": "180000"}
    told = [r.getMessage() for r in caplog.records if "consultancy" in r.getMessage()]
    assert len(told) == 1
    resource.limits = {"cpu": 3, "consultancy": 4}
    waldur = Waldur()
    backend.sync_resource_limits(resource, waldur)
    slurm.sacctmgr("modify", "account", "a_x1", "set", "GrpTRESMins=cpu=300000")
    backend.sync_resource_limits(resource, waldur)
    assert waldur.told == [{"cpu": 5, "consultancy": 4}]


@pytest.mark.parametrize("hours", [1, 7, 100, 12_345])
def test_targets_are_limited_and_read_back_exactly(
    slurm: Any, make_backend: Any, make_resource: Any, hours: int
) -> None:
    backend = make_backend(NODE)
    resource = make_resource(limits={"node_hours": hours})
    backend.create_resource_with_id(resource, "a_x1")
    assert limits_of(slurm) == {"cpu": str(3840 * hours), "gres/gpu": str(240 * hours)}
    assert backend.get_resource_limits("a_x1") == {"node_hours": hours}
    waldur = Waldur()
    backend.sync_resource_limits(resource, waldur)
    assert waldur.told == []


def test_memory_that_slurm_shows_with_decimals_comes_back_exactly(
    slurm: Any, make_backend: Any, make_resource: Any
) -> None:
    backend = make_backend({"mem": {"unit_factor": 1, "accounting_type": "limit"}})
    backend.create_resource_with_id(make_resource(limits={"mem": 1536}), "a_x1")
    assert limits_of(slurm) == {"mem": "1.50G"}
    for amount in (1, 1023, 1024, 1500, 1536, 1024000, 1024 * 1024 + 1, 61440 * 7 + 5):
        backend.set_resource_limits("a_x1", {"mem": amount})
        assert backend.get_resource_limits("a_x1") == {"mem": amount}


def test_prepaid_months_follow_the_end_date(
    slurm: Any, make_backend: Any, make_resource: Any
) -> None:
    backend = make_backend({"cpu": {"unit_factor": 60, "accounting_type": "one"}})
    resource = make_resource(limits={"cpu": 6}, created=datetime(2026, 1, 15, tzinfo=UTC))
    backend.create_resource_with_id(resource, "a_x1")
    assert limits_of(slurm) == {"cpu": "360"}
    resource.end_date = date(2026, 6, 15)
    backend.sync_resource_end_date(resource, Waldur())
    assert limits_of(slurm) == {"cpu": "1800"}
    slurm.reset_commands()
    backend.sync_resource_end_date(resource, Waldur())
    assert not [command for command in slurm.commands() if "--immediate" in command]


def test_soft_deletion_keeps_the_account_and_restoring_brings_everything_back(
    slurm: Any, make_backend: Any, make_resource: Any, people: tuple[str, ...]
) -> None:
    backend = make_backend(soft_delete=True)
    resource = make_resource()
    backend.create_resource_with_id(resource, "a_x1")
    backend.add_users_to_resource(resource, set(people[:3]))
    job = slurm.submit(people[0], "a_x1")
    slurm.wait_for_job(job, "RUNNING")
    slurm.wait_until_accounted(job)
    backend.delete_resource(resource, project_slug="proj")
    assert slurm.users_of("a_x1") == set()
    assert limits_of(slurm) == {"cpu": "0", "mem": "0"}
    backend.adopt_resource(resource, "a_x1")
    backend.add_users_to_resource(resource, set(people[:3]))
    assert limits_of(slurm) == {"cpu": "120000", "mem": "180G"}
    assert slurm.users_of("a_x1") == set(people[:3])
    assert slurm.accepts(people[0], "a_x1")


def test_limits_of_persons_by_one_command_for_each_amount(
    slurm: Any, make_backend: Any, make_resource: Any, people: tuple[str, ...]
) -> None:
    backend = make_backend()
    resource = make_resource()
    backend.create_resource_with_id(resource, "a_x1")
    backend.add_users_to_resource(resource, set(people[:6]))
    slurm.reset_commands()
    same = {user: {"cpu": 1, "mem": 2} for user in people[:5]}
    backend.begin_pass()
    backend.set_limits_of_users("a_x1", {**same, people[5]: {"cpu": 2}})
    assert backend.get_resource_user_limits("a_x1") == {**same, people[5]: {"cpu": 2}}
    backend.end_pass()
    assert len(slurm.commands()) == 3, "the dump, two amounts"
    assert backend.get_resource_user_limits("a_x1") == {**same, people[5]: {"cpu": 2}}
    backend.set_limits_of_users("a_x1", {user: {} for user in people[:6]})
    assert backend.get_resource_user_limits("a_x1") == {}
