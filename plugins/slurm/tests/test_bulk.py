from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.structures import MembersChange

ACCOUNTS = [f"a_x{number}" for number in range(1, 6)]


@pytest.fixture
def resources(backend: Any, make_resource: Any) -> dict[str, Any]:
    made = {name: make_resource(backend_id=name, slug=name) for name in ACCOUNTS}
    for name, resource in made.items():
        backend.create_resource_with_id(resource, name)
    return made


def change(backend: Any, resources: dict[str, Any], **by_account: tuple[str, str]) -> Any:
    """Each ``account=("users to add", "users to remove")``; as in a membership pass."""
    changes = [
        MembersChange(
            resource=resources[name], add=frozenset(add.split()), remove=frozenset(gone.split())
        )
        for name, (add, gone) in by_account.items()
    ]
    backend.begin_pass()
    try:
        return backend.change_members(changes)
    finally:
        backend.end_pass()


def members(slurm: Any) -> dict[str, list[str]]:
    return {name: slurm.users(name) for name in ACCOUNTS if slurm.users(name)}


def test_many_come_by_one_write(slurm: Any, backend: Any, resources: Any) -> None:
    slurm.lines.clear()
    answers = change(backend, resources, a_x1=("ann bob", ""), a_x2=("bob", ""), a_x3=("eve", ""))
    assert [sorted(answer.added) for answer in answers] == [["ann", "bob"], ["bob"], ["eve"]]
    assert members(slurm) == {"a_x1": ["ann", "bob"], "a_x2": ["bob"], "a_x3": ["eve"]}
    assert slurm.default_accounts == {"ann": "root", "bob": "root", "eve": "root"}
    assert len(slurm.writes) == 1
    assert len(slurm.lines) == 3


def test_what_others_have_is_not_in_what_is_loaded(
    slurm: Any, backend: Any, resources: Any
) -> None:
    change(backend, resources, a_x1=("ann", ""))
    slurm.given.clear()
    change(backend, resources, a_x1=("ann bob", ""), a_x2=("ann", ""), a_x3=("ann", ""))
    loaded = next(text for text in slurm.given if text.startswith("Cluster"))
    assert loaded.splitlines() == [
        "Cluster - 'hpc'",
        "Parent - 'root'",
        "User - 'bob':DefaultAccount='root':Fairshare=parent",
        "Parent - 'root'",
        "Parent - 'root'",
        "Parent - 'a_x1'",
        "User - 'bob':Fairshare=parent",
        "Parent - 'a_x2'",
        "User - 'ann':Fairshare=parent",
        "Parent - 'a_x3'",
        "User - 'ann':Fairshare=parent",
    ]


@pytest.mark.parametrize("policy", ["common", "individual", "none"])
@pytest.mark.parametrize("known", [True, False])
def test_in_bulk_or_one_by_one_the_end_is_the_same(
    slurm: Any, make_backend: Any, resources: Any, policy: str, known: bool
) -> None:
    settings = {
        "default_account_policy": policy,
        "enforce_offering_partitions": True,
        "default_account": "c_cust",
    }
    backend = make_backend(**settings)
    backend.offering_partitions = ["zen5", "zen3"]
    if known:
        backend.add_users_to_resource(resources["a_x5"], {"ann", "bob"})
        slurm.default_accounts["bob"] = "a_x5"
    before = deepcopy(slurm.__dict__)
    wanted = {"a_x1": ("ann bob", ""), "a_x2": ("eve", "")}
    for name, (add, _) in wanted.items():
        backend.add_users_to_resource(resources[name], set(add.split()))
    expected = slurm.state()
    slurm.__dict__ = before
    change(backend, resources, **wanted)
    assert slurm.state() == expected


def test_many_leave_by_one_write(slurm: Any, backend: Any, resources: Any) -> None:
    change(backend, resources, **dict.fromkeys(ACCOUNTS, ("ann bob eve", "")))
    slurm.start_job("a_x1", "ann")
    slurm.start_job("a_x2", "eve")
    slurm.lines.clear()
    answers = change(backend, resources, **dict.fromkeys(ACCOUNTS, ("", "ann bob")))
    assert [sorted(answer.removed) for answer in answers] == [["ann", "bob"]] * 5
    assert members(slurm) == {name: ["eve"] for name in ACCOUNTS}
    assert slurm.jobs[2][2] == "RUNNING", "who stays keeps computing"
    assert slurm.programs.count("scancel") == 1
    assert len(slurm.lines) == 7


def test_defaults_are_switched_before_they_are_left(
    slurm: Any, make_backend: Any, resources: Any
) -> None:
    backend = make_backend(default_account_policy="individual")
    change(backend, resources, a_x1=("ann bob", ""), a_x2=("ann bob", ""), a_x3=("ann", ""))
    assert slurm.default_accounts == {"ann": "a_x1", "bob": "a_x1"}
    slurm.lines.clear()
    answers = change(backend, resources, a_x1=("", "ann bob"), a_x2=("", "bob"))
    assert [answer.removed.failed for answer in answers] == [{}, {}]
    assert len(slurm.writes) == 2
    assert slurm.default_accounts["ann"] == "a_x2"
    assert members(slurm) == {"a_x2": ["ann"], "a_x3": ["ann"]}


def test_nobody_falls_back_to_the_sites_account_where_others_are_left(
    slurm: Any, make_backend: Any, resources: Any
) -> None:
    slurm.accounts["a_commons"] = deepcopy(slurm.accounts["root"])
    backend = make_backend(default_account_policy="individual", default_account="a_commons")
    change(backend, resources, a_x1=("ann", ""), a_x2=("ann", ""), a_x3=("ann", ""))
    slurm.accounts["a_commons"].users["ann"] = {"partitions": [""], "qos": ""}
    change(backend, resources, a_x1=("", "ann"), a_x2=("", "ann"))
    assert slurm.default_accounts["ann"] == "a_x3"
    change(backend, resources, a_x3=("", "ann"))
    assert slurm.default_accounts["ann"] == "a_commons"


def test_whose_jobs_were_ended_go_last_because_slurmdbd_hears_of_it_late(
    slurm: Any, backend: Any, resources: Any
) -> None:
    change(backend, resources, a_x1=("ann bob", ""), a_x2=("ann bob", ""), a_x3=("eve", ""))
    slurm.start_job("a_x2", "ann")
    change(backend, resources, a_x1=("", "ann bob"), a_x2=("", "ann bob"), a_x3=("", "eve"))
    script = [text for text in slurm.given if text.startswith("remove")][-1]
    assert [line.split()[3] for line in script.splitlines()] == [
        "name=bob",
        "name=eve",
        "name=ann",
    ]


def test_whose_jobs_do_not_end_stay_and_the_others_go(
    slurm: Any, make_backend: Any, resources: Any
) -> None:
    backend = make_backend(job_wait_seconds=0.3)
    change(backend, resources, a_x1=("ann bob", ""), a_x2=("ann bob", ""))
    slurm.start_job("a_x1", "ann")
    slurm.slow_jobs = 10_000
    answers = change(backend, resources, a_x1=("", "ann bob"), a_x2=("", "ann bob"))
    assert members(slurm) == {"a_x1": ["ann"]}
    assert list(answers[0].removed) == ["bob"]
    assert set(answers[0].removed.failed) == {"ann"}
    assert sorted(answers[1].removed) == ["ann", "bob"]
    assert answers[1].removed.failed == {}


def test_operators_who_may_load_no_file_add_by_one_script(
    slurm: Any, backend: Any, resources: Any
) -> None:
    slurm.refuses_loads = True
    slurm.lines.clear()
    answers = change(
        backend, resources, a_x1=("ann eve", ""), a_x2=("ann eve", ""), a_x3=("bob", "")
    )
    assert [set(answer.added) for answer in answers] == [{"ann", "eve"}, {"ann", "eve"}, {"bob"}]
    assert members(slurm) == {"a_x1": ["ann", "eve"], "a_x2": ["ann", "eve"], "a_x3": ["bob"]}
    assert len(slurm.lines) == 4
    assert slurm.given[-2].count("\n") == 2


@pytest.mark.parametrize("leavers", ["", "eve"])
def test_what_is_refused_in_bulk_is_done_account_by_account(
    slurm: Any, backend: Any, resources: Any, leavers: str
) -> None:
    change(backend, resources, a_x1=("eve", ""), a_x2=("eve", ""))
    slurm.refuses_loads = slurm.refuses_scripts = True
    answers = change(backend, resources, a_x1=("ann", leavers), a_x2=("bob", leavers))
    assert [set(answer.added) for answer in answers] == [{"ann"}, {"bob"}]
    stayed = [] if leavers else ["eve"]
    assert members(slurm) == {"a_x1": ["ann", *stayed], "a_x2": ["bob", *stayed]}


def test_one_bad_name_or_account_stops_no_other(slurm: Any, backend: Any, resources: Any) -> None:
    del slurm.accounts["a_x3"]
    resources["a_x4"].backend_id = " "
    gone, unnamed, fine, odd = change(
        backend,
        resources,
        a_x3=("ann", ""),
        a_x4=("ann", "bob"),
        a_x1=("ann", ""),
        a_x2=("bob --all a,b x'y", ""),
    )
    assert isinstance(gone.error, BackendError)
    assert isinstance(unnamed.error, BackendError)
    assert (set(fine.added), set(odd.added)) == ({"ann"}, {"bob"})
    assert set(odd.added.failed) == {"--all", "a,b", "x'y"}
    assert (slurm.users("a_x1"), slurm.users("a_x2")) == (["ann"], ["bob"])


def test_names_that_differ_in_case_alone_are_one(slurm: Any, backend: Any, resources: Any) -> None:
    answers = change(backend, resources, a_x1=("ann Ann", ""), a_x2=("ANN", ""))
    assert [set(answer.added) for answer in answers] == [{"ann", "Ann"}, {"ANN"}]
    assert [name.lower() for name in slurm.users("a_x1")] == ["ann"]


def test_an_outage_is_raised(slurm: Any, backend: Any, resources: Any) -> None:
    slurm.before = lambda number: setattr(slurm, "is_up", number < len(slurm.lines))
    with pytest.raises(BackendUnavailableError):
        change(backend, resources, a_x1=("ann", ""), a_x2=("bob", ""))


def test_a_pass_without_differences_is_one_read(
    slurm: Any, make_backend: Any, resources: Any
) -> None:
    backend = make_backend(qos_paused="paused", qos_downscaled="slow")
    slurm.lines.clear()
    backend.begin_pass()
    backend.pull_resources(list(resources.values()), include_usage=False, strict=True)
    for name, resource in resources.items():
        assert not backend.restore_resource(name)
        backend.get_resource_metadata(name)
        backend.sync_resource_limits(resource, None)
        backend.get_resource_user_limits(name)
        backend.sync_resource_project(resource)
        backend.sync_resource_end_date(resource, None)
        backend.process_existing_users(set())
        backend.get_resource_limits(name)
    assert backend.change_members([]) == []
    backend.end_pass()
    assert len(slurm.lines) == 1
