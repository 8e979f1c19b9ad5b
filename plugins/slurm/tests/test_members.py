from __future__ import annotations

from typing import Any

import pytest

from waldur_site_agent.backend.exceptions import BackendError, UserNotProvisionedError

RESOURCE = "a_x1"


@pytest.fixture
def resource(backend: Any, make_resource: Any) -> Any:
    found = make_resource()
    backend.create_resource_with_id(found, RESOURCE)
    return found


def words_of(slurm: Any) -> list[str]:
    return next(line for line in reversed(slurm.lines) if "user" in line)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({}, "DefaultAccount=root"),
        ({"default_account": "c_cust"}, "DefaultAccount=c_cust"),
        ({"default_account_policy": "individual"}, "DefaultAccount=a_x1"),
        ({"default_account_policy": "none"}, None),
    ],
)
def test_default_account_policies(
    slurm: Any, resource: Any, make_backend: Any, settings: Any, word: str | None
) -> None:
    make_backend(**settings).add_users_to_resource(resource, {"bob", "eve"})
    given = [w for w in words_of(slurm) if w.startswith("DefaultAccount")]
    assert given == ([word] if word else [])
    assert {"name=bob,eve", "account=a_x1", "cluster=hpc", "Share=parent"} <= set(words_of(slurm))


@pytest.mark.parametrize(
    ("settings", "attributes", "expected"),
    [
        ({}, {}, []),
        ({"enforce_offering_partitions": True}, {}, ["Partitions=zen3,zen5"]),
        ({"default_partition": "main"}, {}, ["Partitions=main"]),
        (
            {"default_partition": "main", "enforce_offering_partitions": True},
            {},
            ["Partitions=zen3,zen5"],
        ),
        (
            {"qos_enforcement_enabled": True, "enforce_offering_qos": True},
            {"qos": "boost", "partition": "gpu"},
            ["Partitions=gpu", "QosLevel=boost", "DefaultQOS=boost"],
        ),
        ({"enforce_offering_qos": True}, {"qos": "boost", "partition": "gpu"}, []),
    ],
)
def test_grants(
    request: pytest.FixtureRequest, settings: Any, attributes: dict[str, str], expected: list[str]
) -> None:
    slurm, resource, make_backend = map(
        request.getfixturevalue, ("slurm", "resource", "make_backend")
    )
    backend = make_backend(default_account_policy="none", **settings)
    backend.offering_partitions = ["zen5", "zen3"]
    resource.attributes = attributes
    backend.add_users_to_resource(resource, {"bob"})
    kinds = ("Partitions", "QosLevel", "DefaultQOS")
    assert [word for word in words_of(slurm) if word.startswith(kinds)] == expected


def test_the_offering_decides_about_qos_unless_overridden(make_backend: Any) -> None:
    backend = make_backend(qos_enforcement_enabled=True)
    assert not backend._enforces_qos
    backend.offering_enforce_qos = True
    assert backend._enforces_qos


def test_users_who_are_there_are_no_command(slurm: Any, backend: Any, resource: Any) -> None:
    backend.add_users_to_resource(resource, {"bob"})
    slurm.lines.clear()
    assert backend.add_users_to_resource(resource, {"bob", "BOB"}) == {"bob", "BOB"}
    assert slurm.writes == []


def test_users_in_several_partitions_are_listed_once(
    slurm: Any, make_backend: Any, resource: Any
) -> None:
    backend = make_backend(enforce_offering_partitions=True)
    backend.offering_partitions = ["main", "gpu"]
    backend.add_users_to_resource(resource, {"bob"})
    assert slurm.accounts[RESOURCE].users["bob"]["partitions"] == ["gpu", "main"]
    assert backend.client.list_resource_users(RESOURCE) == ["bob"]


def test_names_that_are_no_names_fail_alone(slurm: Any, backend: Any, resource: Any) -> None:
    added = backend.add_users_to_resource(resource, {"bob", "--all", "a,b", "x y", "set=1"})
    assert added == {"bob"}
    assert set(added.failed) == {"--all", "a,b", "x y", "set=1"}
    assert slurm.users(RESOURCE) == ["bob"]


def test_users_without_a_unix_account_wait(make_backend: Any, resource: Any) -> None:
    backend = make_backend(require_unix_accounts=True)
    added = backend.add_users_to_resource(resource, {"root", "nobody-of-that-name"})
    assert added == {"root"}
    assert added.failed == {}
    assert "no Unix account" in added.waiting["nobody-of-that-name"]
    with pytest.raises(UserNotProvisionedError):
        backend.add_user(resource, "nobody-of-that-name")


def test_single_users(slurm: Any, backend: Any, resource: Any, make_resource: Any) -> None:
    assert backend.add_user(resource, "bob") is True
    assert backend.add_user(resource, " ") is False
    assert backend.remove_user(resource, "bob") is True
    assert backend.remove_user(resource, "bob") is True
    with pytest.raises(BackendError):
        backend.add_user(make_resource(backend_id=""), "bob")
    assert slurm.users(RESOURCE) == []


def test_a_missing_account_takes_no_members(backend: Any, make_resource: Any) -> None:
    with pytest.raises(BackendError, match="no Slurm account"):
        backend.add_users_to_resource(make_resource(backend_id="a_gone"), {"bob"})


def test_removal_ends_just_these_users_jobs(slurm: Any, backend: Any, resource: Any) -> None:
    backend.add_users_to_resource(resource, {"bob", "eve", "kim"})
    for user in ("bob", "kim"):
        slurm.start_job(RESOURCE, user)
    slurm.slow_jobs = 2
    removed = backend.remove_users_from_resource(resource, {"bob", "eve", "stranger"})
    assert sorted(removed) == ["bob", "eve", "stranger"]
    assert removed.failed == {}
    assert slurm.users(RESOURCE) == ["kim"]
    assert [job[2] for job in slurm.jobs.values()] == ["CANCELLED", "RUNNING"]


def test_a_user_whose_jobs_do_not_end_stays_and_the_others_go(
    slurm: Any, make_backend: Any, resource: Any
) -> None:
    backend = make_backend(job_wait_seconds=0.3)
    backend.add_users_to_resource(resource, {"bob", "eve"})
    slurm.start_job(RESOURCE, "bob")
    slurm.slow_jobs = 10_000
    removed = backend.remove_users_from_resource(resource, {"bob", "eve"})
    assert list(removed) == ["eve"]
    assert set(removed.failed) == {"bob"}
    assert slurm.users(RESOURCE) == ["bob"]


def test_the_default_account_is_switched_before_it_is_left(
    slurm: Any, make_backend: Any, resource: Any, make_resource: Any
) -> None:
    backend = make_backend(default_account_policy="individual")
    other = make_resource(backend_id="a_x2")
    backend.create_resource_with_id(other, "a_x2")
    backend.add_users_to_resource(other, {"bob"})
    backend.add_users_to_resource(resource, {"bob", "eve"})
    assert slurm.default_accounts["bob"] == RESOURCE
    assert backend.remove_users_from_resource(resource, {"bob", "eve"}).failed == {}
    assert slurm.default_accounts["bob"] == "a_x2"
    assert slurm.users(RESOURCE) == []


def test_hundreds_are_one_command(slurm: Any, backend: Any, resource: Any) -> None:
    users = {f"u{number}" for number in range(300)}
    slurm.lines.clear()
    backend.add_users_to_resource(resource, users)
    assert len(slurm.writes) == 1
    slurm.lines.clear()
    slurm.accounts["root"].users.clear()
    backend.remove_users_from_resource(resource, users)
    assert len(slurm.writes) == 1
