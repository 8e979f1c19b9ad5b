"""QoS, pauses and grants on a real Slurm."""

from __future__ import annotations

from typing import Any

import pytest

from waldur_site_agent.backend.exceptions import BackendUnavailableError

PAUSING = {"qos_paused": "paused", "qos_downscaled": "slow"}


@pytest.fixture
def member(
    slurm: Any, make_backend: Any, make_resource: Any, people: tuple[str, ...]
) -> tuple[str, Any]:
    """Somebody on an account, which is there before any QoS is configured."""
    for name in ("slow", "extra"):
        slurm.sacctmgr("add", "qos", name)
    slurm.sacctmgr("add", "qos", "paused", "set", "MaxSubmitJobsPerUser=0", "flags=DenyOnLimit")
    resource = make_resource()
    backend = make_backend()
    backend.create_resource_with_id(resource, "a_x1")
    backend.add_users_to_resource(resource, {people[0]})
    slurm.reset_commands()
    return people[0], resource


def qos_of(slurm: Any) -> tuple[set[str], str]:
    row = slurm.account("a_x1")
    return set(row.qos.split(",")), row.default_qos


def test_a_paused_account_takes_no_jobs(slurm: Any, make_backend: Any, member: Any) -> None:
    backend, (user, _) = make_backend(**PAUSING), member
    assert slurm.accepts(user, "a_x1")
    assert backend.pause_resource("a_x1")
    assert qos_of(slurm) == ({"paused"}, "paused")
    assert not slurm.accepts(user, "a_x1")
    assert backend.downscale_resource("a_x1")
    assert qos_of(slurm) == ({"slow"}, "slow")
    assert slurm.accepts(user, "a_x1")
    assert backend.restore_resource("a_x1")
    assert qos_of(slurm) == ({"normal"}, "normal")


@pytest.mark.usefixtures("member")
def test_an_administrators_qos_survives_a_pause(slurm: Any, make_backend: Any) -> None:
    backend = make_backend(**PAUSING)
    slurm.sacctmgr("modify", "account", "a_x1", "set", "qos+=extra")
    slurm.sacctmgr("modify", "account", "a_x1", "set", "DefaultQOS=extra")
    assert not backend.restore_resource("a_x1"), "what is not paused is left alone"
    backend.pause_resource("a_x1")
    assert qos_of(slurm) == ({"paused"}, "paused")
    slurm.reset_commands()
    backend.pause_resource("a_x1")
    assert len(slurm.commands()) == 1
    make_backend(**PAUSING).restore_resource("a_x1")
    assert qos_of(slurm) == ({"normal", "extra"}, "extra")
    assert backend.client.get_resource("a_x1").description == "my allocation"
    slurm.reset_commands()
    assert not backend.restore_resource("a_x1")
    assert len(slurm.commands()) == 1


def test_an_account_qos_is_attached_to_an_account_that_exists(
    slurm: Any, make_backend: Any, member: Any
) -> None:
    managed = {"enabled": True, "max_jobs": 5, "grp_tres": "cpu=64", "additional_qos": ["extra"]}
    backend, (user, resource) = make_backend(qos_management=managed, **PAUSING), member
    backend.adopt_resource(resource, "a_x1")
    assert qos_of(slurm) == ({"normal", "a_x1", "extra"}, "a_x1")
    shown = slurm.run(
        "sacctmgr", "-nP", "show", "qos", "a_x1", "format=name,flags,grptres,maxjobsperuser"
    )
    assert shown.strip() == "a_x1|DenyOnLimit,NoDecay|cpu=64|5"
    assert slurm.accepts(user, "a_x1")
    slurm.reset_commands()
    backend.adopt_resource(resource, "a_x1")
    assert not [command for command in slurm.commands() if "--immediate" in command]
    backend.pause_resource("a_x1")
    backend.restore_resource("a_x1")
    assert qos_of(slurm) == ({"normal", "a_x1", "extra"}, "a_x1")


def test_members_with_grants_are_paused_by_submission(
    slurm: Any, make_backend: Any, member: Any, people: tuple[str, ...]
) -> None:
    _, resource = member
    backend = make_backend(qos_enforcement_enabled=True, enforce_offering_qos=True)
    resource.attributes = {"qos": "extra", "partition": "gpu"}
    backend.add_users_to_resource(resource, {people[1]})
    rows = [row for row in slurm.associations() if row.user == people[1]]
    assert [(row.account, row.partition, row.qos, row.default_qos) for row in rows] == [
        ("a_x1", "gpu", "extra", "extra")
    ]
    gpu = ["--partition=gpu"]
    job = slurm.submit(people[1], "a_x1", options=gpu)
    slurm.run("scancel", job)
    assert not slurm.accepts(people[1], "a_x1"), "the main partition was not ordered"
    backend.pause_resource("a_x1")
    assert slurm.account("a_x1").max_submit == "0"
    assert not slurm.accepts(people[0], "a_x1")
    assert backend.restore_resource("a_x1")
    assert slurm.account("a_x1").max_submit == ""


def test_partitions_of_the_offering(
    slurm: Any, make_backend: Any, member: Any, people: tuple[str, ...]
) -> None:
    _, resource = member
    backend = make_backend(enforce_offering_partitions=True)
    backend.offering_partitions = ["gpu", "main"]
    backend.add_users_to_resource(resource, {people[1], people[2]})
    rows = {(row.user, row.partition) for row in slurm.associations() if row.user in people[1:3]}
    assert rows == {(user, part) for user in people[1:3] for part in ("gpu", "main")}
    assert backend.client.list_resource_users("a_x1") == list(people[:3])
    assert backend.remove_users_from_resource(resource, {people[1]}).failed == {}
    assert slurm.users_of("a_x1") == {people[0], people[2]}


def test_a_cluster_that_slurmdbd_does_not_know_is_an_outage(
    make_backend: Any, make_resource: Any
) -> None:
    backend = make_backend(cluster_name="elsewhere")
    with pytest.raises(BackendUnavailableError, match="cluster_name"):
        backend.pull_resources([make_resource()], include_usage=False, strict=True)
    assert not backend.diagnostics()


def test_the_filter_keeps_other_clusters_out(
    slurm: Any, make_backend: Any, make_resource: Any, people: tuple[str, ...]
) -> None:
    slurm.sacctmgr("add", "cluster", "other")
    try:
        slurm.sacctmgr("add", "account", "a_x1", "cluster=other", "description=x", "organization=x")
        slurm.sacctmgr("add", "user", people[5], "account=a_x1", "cluster=other")
        backend, resource = make_backend(), make_resource()
        assert backend.pull_resources([resource], include_usage=False, strict=True) == {}
        backend.create_resource_with_id(resource, "a_x1")
        backend.add_users_to_resource(resource, {people[0]})
        assert backend.client.list_resource_users("a_x1") == [people[0]]
        backend.delete_resource(resource, project_slug="proj")
        left = slurm.run("sacctmgr", "-nP", "show", "assoc", "cluster=other", "format=account,user")
        assert f"a_x1|{people[5]}" in left
    finally:
        slurm.sacctmgr("remove", "user", people[5], "cluster=other")
        slurm.sacctmgr("remove", "account", "a_x1", "cluster=other")
        slurm.sacctmgr("remove", "cluster", "other")
