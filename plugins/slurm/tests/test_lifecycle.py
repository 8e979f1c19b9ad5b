from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from waldur_site_agent.backend.exceptions import (
    BackendError,
    BackendNotReadyError,
    BackendUnavailableError,
    DuplicateResourceError,
)

TEAM = {f"user{number}" for number in range(20)}
MANAGED_QOS = {"enabled": True, "grp_tres": "cpu=64", "max_jobs": 5, "additional_qos": ["extra"]}


def create(backend: Any, resource: Any, team: set[str] = TEAM) -> None:
    """As the agent does for a Create order."""
    backend.begin_pass()
    try:
        if backend.pull_resources([resource], include_usage=False, strict=True):
            backend.adopt_resource(resource, resource.backend_id)
        else:
            backend.create_resource_with_id(resource, resource.backend_id)
        backend.add_users_to_resource(resource, team)
    finally:
        backend.end_pass()


def test_create_makes_the_tree_the_limits_and_the_team(
    slurm: Any, backend: Any, make_resource: Any
) -> None:
    create(backend, make_resource())
    tree = {name: account.parent for name, account in slurm.accounts.items()}
    assert tree == {"root": "", "c_cust": "root", "p_proj": "c_cust", "a_x1": "p_proj"}
    assert slurm.accounts["a_x1"].limits == {"cpu": 120000, "mem": 184320}
    assert slurm.users("a_x1") == sorted(TEAM)
    assert slurm.accounts["a_x1"].organization == "p_proj"


def test_create_of_twenty_takes_five_processes(
    slurm: Any, backend: Any, make_resource: Any
) -> None:
    create(backend, make_resource())
    assert len(slurm.lines) == 5
    (made,) = [line for line in slurm.lines if "name=a_x1" in line]
    assert any("GrpTRESMins" in word for word in made), "the account comes with its limits"


def test_what_the_cluster_can_limit_is_asked_only_of_tres_that_it_may_lack(
    slurm: Any, make_backend: Any, make_resource: Any
) -> None:
    components = {"gres/gpu": {"unit_factor": 60, "accounting_type": "limit"}}
    create(make_backend(components=components), make_resource(limits={"gres/gpu": 1}))
    assert sum("tres" in line for line in slurm.lines) == 1


def test_a_second_look_at_a_finished_account_writes_nothing(
    slurm: Any, make_backend: Any, make_resource: Any
) -> None:
    settings = {"qos_management": MANAGED_QOS}
    create(make_backend(**settings), make_resource())
    slurm.lines.clear()
    create(make_backend(**settings), make_resource())
    assert slurm.writes == []
    assert len(slurm.lines) == 1


def test_flat_hierarchy(slurm: Any, make_backend: Any, make_resource: Any) -> None:
    create(make_backend(parent_account="root"), make_resource(customer_slug=""))
    tree = {name: account.parent for name, account in slurm.accounts.items()}
    assert tree == {"root": "", "p_proj": "root", "a_x1": "p_proj"}


@pytest.mark.parametrize("missing", ["project_slug", "customer_slug"])
def test_missing_slugs_refuse_the_order(
    slurm: Any, backend: Any, make_resource: Any, missing: str
) -> None:
    with pytest.raises(BackendError, match="unset or missing slug fields"):
        create(backend, make_resource(**{missing: ""}))
    assert slurm.writes == []


def test_an_id_that_is_taken_is_a_duplicate_and_stays_untouched(
    slurm: Any, backend: Any, make_resource: Any
) -> None:
    create(backend, make_resource())
    before = deepcopy(slurm.state())
    with pytest.raises(DuplicateResourceError):
        backend.create_resource_with_id(make_resource(limits={"cpu": 9}), "A_X1")
    assert slurm.state() == before


def test_a_missing_root_account_is_told(make_backend: Any, make_resource: Any) -> None:
    with pytest.raises(BackendError, match="'hpc_users' is not on the cluster"):
        create(make_backend(root_account="hpc_users"), make_resource())


def test_slugs_in_mixed_case_serve_a_second_allocation_and_are_cleaned_up(
    slurm: Any, backend: Any, make_resource: Any
) -> None:
    first = make_resource(project_slug="Proj-2026_A", customer_slug="CUST")
    second = make_resource(
        project_slug="Proj-2026_A", customer_slug="CUST", slug="X2", backend_id="a_x2"
    )
    create(backend, first)
    create(backend, second)
    assert slurm.accounts["a_x2"].parent == slurm.accounts["a_x1"].parent == "p_proj-2026_a"
    backend.delete_resource(first, project_slug="Proj-2026_A")
    assert "p_proj-2026_a" in slurm.accounts
    backend.delete_resource(second, project_slug="Proj-2026_A")
    assert set(slurm.accounts) == {"root", "c_cust"}


def test_an_account_qos_is_made_with_its_limits_and_attached(
    slurm: Any, make_backend: Any, make_resource: Any
) -> None:
    create(make_backend(qos_management=MANAGED_QOS), make_resource())
    account = slurm.accounts["a_x1"]
    assert account.qos == {"normal", "a_x1", "extra"}
    assert account.default_qos == "a_x1"
    words = {"flags=DenyOnLimit,NoDecay", "GrpTRES=cpu=64", "MaxJobs=5"}
    assert words <= set(slurm.qos_words["a_x1"])


def test_a_qos_that_was_made_but_never_attached_is_attached_later(
    slurm: Any, make_backend: Any, make_resource: Any
) -> None:
    slurm.all_qos.add("a_x1")
    create(make_backend(qos_management=MANAGED_QOS), make_resource())
    assert slurm.accounts["a_x1"].default_qos == "a_x1"


def test_a_moved_project_is_followed(slurm: Any, backend: Any, make_resource: Any) -> None:
    create(backend, make_resource())
    slurm.lines.clear()
    backend.sync_resource_project(make_resource(customer_slug="Other"))
    assert slurm.accounts["p_proj"].parent == "c_other"
    assert slurm.accounts["a_x1"].parent == "p_proj"
    slurm.lines.clear()
    backend.sync_resource_project(make_resource(customer_slug="Other"))
    assert slurm.writes == []


def test_an_allocation_that_hangs_elsewhere_is_moved(
    slurm: Any, backend: Any, make_resource: Any
) -> None:
    create(backend, make_resource())
    slurm.accounts["a_x1"].parent = "root"
    backend.sync_resource_project(make_resource())
    assert slurm.accounts["a_x1"].parent == "p_proj"


@pytest.mark.parametrize(
    ("settings", "changes"),
    [({"parent_account": "root"}, {}), ({}, {"customer_slug": ""}), ({}, {"project_slug": ""})],
)
def test_nothing_is_moved_where_there_is_nothing_to_go_by(
    slurm: Any, make_backend: Any, make_resource: Any, settings: Any, changes: Any
) -> None:
    make_backend(**settings).sync_resource_project(make_resource(**changes))
    assert slurm.lines == []


def test_deletion_ends_jobs_waits_and_removes_everything(
    slurm: Any, make_backend: Any, make_resource: Any
) -> None:
    backend = make_backend(qos_management=MANAGED_QOS)
    create(backend, make_resource())
    slurm.start_job("a_x1", "user3")
    slurm.slow_jobs = 3
    backend.delete_resource(make_resource(), project_slug="proj")
    assert set(slurm.accounts) == {"root", "c_cust"}
    assert "a_x1" not in slurm.all_qos
    assert slurm.programs.count("scancel") == 1


def test_jobs_that_do_not_end_leave_the_order_for_later(
    slurm: Any, make_backend: Any, make_resource: Any
) -> None:
    backend = make_backend(job_wait_seconds=0.3)
    create(backend, make_resource())
    slurm.start_job("a_x1", "user3")
    slurm.slow_jobs = 10_000
    with pytest.raises(BackendNotReadyError):
        backend.delete_resource(make_resource(), project_slug="proj")
    assert "a_x1" in slurm.accounts


def test_deleting_what_is_not_there_is_done_and_still_cleans_up(
    slurm: Any, backend: Any, make_resource: Any
) -> None:
    create(backend, make_resource())
    del slurm.accounts["a_x1"]
    assert backend.delete_resource(make_resource(), project_slug="proj") is None
    assert "p_proj" not in slurm.accounts
    assert backend.delete_resource(make_resource(backend_id=" ")) is None


@pytest.mark.parametrize("name", ["root", "WALDUR", "commons"])
def test_what_is_the_sites_is_no_orders_to_change(
    slurm: Any, make_backend: Any, make_resource: Any, name: str
) -> None:
    for account in ("waldur", "commons"):
        slurm.accounts[account] = deepcopy(slurm.accounts["root"])
        slurm.accounts[account].parent = "root"
    backend = make_backend(parent_account="Waldur", default_account="commons")
    before = deepcopy(slurm.state())
    resource = make_resource(backend_id=name)
    for attempt in (
        lambda: backend.create_resource_with_id(resource, name),
        lambda: backend.adopt_resource(resource, name),
        lambda: backend.delete_resource(resource, project_slug="proj"),
        lambda: backend.set_resource_limits(name, {"cpu": 1}),
        lambda: backend.set_resource_user_limits(name, "root", {"cpu": 1}),
        lambda: backend.pause_resource(name),
        lambda: backend.restore_resource(name),
        lambda: backend.add_users_to_resource(resource, {"bob"}),
        lambda: backend.remove_users_from_resource(resource, {"root"}),
    ):
        with pytest.raises(BackendError, match="site itself"):
            attempt()
    assert slurm.state() == before


def test_the_sites_accounts_and_qos_outlive_what_is_called_like_them(
    slurm: Any, make_backend: Any, make_resource: Any
) -> None:
    slurm.accounts["waldur"] = deepcopy(slurm.accounts["root"])
    slurm.accounts["waldur"].parent = "root"
    backend = make_backend(
        parent_account="waldur", project_prefix="", qos_management={"enabled": True}
    )
    resource = make_resource(backend_id="normal", slug="normal", project_slug="waldur")
    backend.delete_resource(resource, project_slug="waldur")
    assert "waldur" in slurm.accounts
    assert "normal" in slurm.all_qos


def test_an_account_with_others_under_it_is_never_removed(
    slurm: Any, backend: Any, make_resource: Any
) -> None:
    create(backend, make_resource())
    slurm.accounts["by_hand"] = deepcopy(slurm.accounts["a_x1"])
    slurm.accounts["by_hand"].parent = "a_x1"
    with pytest.raises(BackendError, match="others under it"):
        backend.delete_resource(make_resource(), project_slug="proj")
    assert {"a_x1", "by_hand"} <= set(slurm.accounts)


def test_soft_deletion_keeps_the_account_and_restoring_brings_the_limits_back(
    slurm: Any, make_backend: Any, make_resource: Any
) -> None:
    components = {
        "cpu": {"unit_factor": 60000, "accounting_type": "limit"},
        "gres/gpu": {"unit_factor": 60, "accounting_type": "usage"},
    }
    backend = make_backend(components, soft_delete=True)
    create(backend, make_resource())
    slurm.start_job("a_x1", "user1")
    backend.delete_resource(make_resource(), project_slug="proj")
    assert slurm.users("a_x1") == []
    assert slurm.accounts["a_x1"].limits == {"cpu": 0, "gres/gpu": 0}
    create(backend, make_resource())
    assert slurm.accounts["a_x1"].limits == {"cpu": 120000}
    assert slurm.users("a_x1") == sorted(TEAM)


class KilledError(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("qos", [{}, MANAGED_QOS], ids=["plain", "qos"])
def test_a_creation_killed_at_any_command_is_completed_by_the_next_pass(
    slurm: Any, make_backend: Any, make_resource: Any, when: str, qos: Any
) -> None:
    fresh = deepcopy(slurm.__dict__)
    create(make_backend(qos_management=qos), make_resource())
    wanted, commands = deepcopy(slurm.state()), len(slurm.lines)
    assert commands >= 5
    for number in range(1, commands + 1):
        slurm.__dict__ = deepcopy(fresh)

        def kill(at: int, number: int = number) -> None:
            if at == number:
                raise KilledError

        setattr(slurm, when, kill)
        with pytest.raises(KilledError):
            create(make_backend(qos_management=qos), make_resource())
        slurm.before = slurm.after = lambda _n: None
        create(make_backend(qos_management=qos), make_resource())
        assert slurm.state() == wanted, f"killed {when} command {number}"


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_outage_at_any_command_of_a_deletion_is_made_up_for(
    slurm: Any, make_backend: Any, make_resource: Any, when: str
) -> None:
    settings = {"qos_management": MANAGED_QOS}
    create(make_backend(**settings), make_resource())
    slurm.start_job("a_x1", "user1")
    slurm.lines.clear()
    fresh = deepcopy(slurm.__dict__)
    make_backend(**settings).delete_resource(make_resource(), project_slug="proj")
    wanted, commands = deepcopy(slurm.state()), len(slurm.lines)
    for number in range(1, commands + 1):
        slurm.__dict__ = deepcopy(fresh)

        def fail(at: int, number: int = number) -> None:
            if at == number:
                raise BackendUnavailableError("lost")

        setattr(slurm, when, fail)
        with pytest.raises(BackendUnavailableError):
            make_backend(**settings).delete_resource(make_resource(), project_slug="proj")
        slurm.before = slurm.after = lambda _n: None
        make_backend(**settings).delete_resource(make_resource(), project_slug="proj")
        assert slurm.state() == wanted, f"failed {when} command {number}"


def test_an_outage_is_never_taken_for_absence(
    slurm: Any, make_backend: Any, make_resource: Any
) -> None:
    backend = make_backend(qos_paused="paused")
    create(backend, make_resource())
    before = deepcopy(slurm.state())
    slurm.is_up = False
    resource = make_resource()
    for attempt in (
        lambda: backend.pull_resources([resource], strict=True),
        lambda: backend.delete_resource(resource, project_slug="proj"),
        lambda: backend.create_resource_with_id(resource, "a_x1"),
        lambda: backend.adopt_resource(resource, "a_x1"),
        lambda: backend.remove_users_from_resource(resource, {"user1"}),
        lambda: backend.pause_resource("a_x1"),
    ):
        with pytest.raises(BackendUnavailableError):
            attempt()
    assert backend.pull_resources([resource]) == {}
    assert not backend.ping()
    slurm.is_up = True
    assert slurm.state() == before
    assert backend.ping()
    assert "a_x1" in backend.pull_resources([resource], strict=True)


def test_an_unreachable_controller_stops_a_deletion_before_anything_is_changed(
    slurm: Any, backend: Any, make_resource: Any
) -> None:
    create(backend, make_resource())
    slurm.has_controller = False
    with pytest.raises(BackendUnavailableError):
        backend.delete_resource(make_resource(), project_slug="proj")
    assert slurm.users("a_x1") == sorted(TEAM)


def test_a_cluster_that_slurmdbd_does_not_know_is_unknown_rather_than_empty(
    make_backend: Any, make_resource: Any
) -> None:
    with pytest.raises(BackendUnavailableError, match="root"):
        make_backend(cluster_name="typo").pull_resources([make_resource()], strict=True)


def test_many_resources_are_read_by_one_process(
    slurm: Any, backend: Any, make_resource: Any
) -> None:
    create(backend, make_resource())
    slurm.lines.clear()
    resources = [make_resource(), make_resource(backend_id="a_gone"), make_resource(backend_id="")]
    found = backend.pull_resources(resources, include_usage=False, strict=True)
    assert list(found) == ["a_x1"]
    assert found["a_x1"][1].users == sorted(TEAM)
    assert found["a_x1"][1].parent_id == "p_proj"
    assert slurm.programs == ["sacctmgr"]


def test_outside_a_pass_every_look_is_fresh(slurm: Any, backend: Any, make_resource: Any) -> None:
    create(backend, make_resource())
    slurm.accounts["a_x1"].users.clear()
    assert backend.pull_resources([make_resource()])["a_x1"][1].users == []
