"""Accounts on a real Slurm: where they hang, what they are called, how they go."""

from __future__ import annotations

from typing import Any

import pytest

from waldur_site_agent.backend.exceptions import BackendError, DuplicateResourceError


def tree(slurm: Any) -> dict[str, str]:
    return {row.account: row.parent for row in slurm.associations() if not row.user}


def test_the_flat_hierarchy(slurm: Any, make_backend: Any, make_resource: Any) -> None:
    slurm.sacctmgr("add", "account", "waldur", "description=x", "organization=x")
    backend = make_backend(parent_account="Waldur")
    backend.create_resource_with_id(make_resource(customer_slug=""), "a_x1")
    assert tree(slurm) == {"waldur": "root", "p_proj": "waldur", "a_x1": "p_proj"}
    slurm.reset_commands()
    backend.adopt_resource(make_resource(), "a_x1")
    backend.sync_resource_project(make_resource(customer_slug="other"))
    assert not [command for command in slurm.commands() if "--immediate" in command]
    backend.delete_resource(make_resource(), project_slug="proj")
    assert tree(slurm) == {"waldur": "root"}


def test_mixed_case_and_two_allocations_of_a_project(
    slurm: Any, make_backend: Any, make_resource: Any
) -> None:
    backend = make_backend()
    slugs = {"project_slug": "Proj-2026_A", "customer_slug": "CUST"}
    first, second = make_resource("x1", **slugs), make_resource("X2", **slugs)
    for resource in (first, second):
        backend.create_resource_with_id(resource, resource.backend_id)
    expected = {"c_cust": "root", "p_proj-2026_a": "c_cust"}
    assert tree(slurm) == {**expected, "a_x1": "p_proj-2026_a", "a_x2": "p_proj-2026_a"}
    assert set(backend.pull_resources([first, second], include_usage=False)) == {"a_x1", "a_X2"}
    with pytest.raises(DuplicateResourceError):
        backend.create_resource_with_id(first, "A_X1")
    backend.delete_resource(first, project_slug="Proj-2026_A")
    assert tree(slurm) == {**expected, "a_x2": "p_proj-2026_a"}
    backend.delete_resource(second, project_slug="Proj-2026_A")
    assert tree(slurm) == {"c_cust": "root"}


def test_a_project_that_moves_takes_its_allocations_and_members_along(
    slurm: Any, make_backend: Any, make_resource: Any, people: tuple[str, ...]
) -> None:
    backend = make_backend()
    first, second = make_resource("x1"), make_resource("x2")
    for resource in (first, second):
        backend.create_resource_with_id(resource, resource.backend_id)
        backend.add_users_to_resource(resource, set(people[:2]))
    slurm.reset_commands()
    moved = make_resource("x1", customer_slug="Other", customer_name="Other place")
    backend.sync_resource_project(moved)
    assert tree(slurm) == {
        "c_cust": "root",
        "c_other": "root",
        "p_proj": "c_other",
        "a_x1": "p_proj",
        "a_x2": "p_proj",
    }
    assert slurm.users_of("a_x2") == set(people[:2])
    assert slurm.account("a_x1").limits == "cpu=120000,mem=180G"
    assert len(slurm.commands()) == 3, "a read, a new customer, a move"
    slurm.reset_commands()
    backend.sync_resource_project(moved)
    assert len(slurm.commands()) == 1


TITLES = [
    "a \"quoted\" and 'other' title",
    "pipes | and = signs, set parent=root where",
    "two\nlines\tand a tab",
    "-o evil; rm -rf / $(id) `id`",
    "",
    ".",
    "\u00c9mile\u2019s \u03c0\u03bb\u03ac\u03c3\u03bc\u03b1 \U0001f9ea",
]


def test_any_title_is_only_a_description(slurm: Any, make_backend: Any, make_resource: Any) -> None:
    backend = make_backend()
    backend.begin_pass()
    for number, title in enumerate(TITLES):
        names = {"name": title, "project_name": title, "customer_name": title}
        resource = make_resource(f"x{number}", **names)
        backend.create_resource_with_id(resource, resource.backend_id)
    backend.end_pass()
    accounts = {f"a_x{number}": "p_proj" for number in range(len(TITLES))}
    assert tree(slurm) == {"c_cust": "root", "p_proj": "c_cust", **accounts}
    found = {each.name: each.description for each in backend.client.list_resources()}
    assert [found[f"a_x{number}"] for number in range(6)] == [
        "a quoted and other title",
        "pipes | and = signs, set parent=root where",
        "two lines and a tab",
        "-o evil; rm -rf / $(id) `id`",
        "a_x4",
        ".",
    ]


@pytest.mark.parametrize("name", ["-o evil", "; rm", "--all", "a,b", "a b", "x=y", "a'b", "ü", ""])
def test_a_hostile_id_is_refused_before_slurm_hears_of_it(
    slurm: Any, make_backend: Any, make_resource: Any, name: str
) -> None:
    with pytest.raises(BackendError):
        make_backend().create_resource_with_id(make_resource(), name)
    assert slurm.commands() == []


def test_root_is_nobodys_allocation(slurm: Any, make_backend: Any, make_resource: Any) -> None:
    backend = make_backend(allocation_prefix="", project_prefix="", customer_prefix="")
    resource = make_resource("root", backend_id="root", project_slug="root", customer_slug="root")
    with pytest.raises(BackendError):
        backend.create_resource_with_id(resource, "root")
    with pytest.raises(BackendError):
        backend.delete_resource(resource, project_slug="root")
    with pytest.raises(BackendError):
        backend.set_resource_limits("root", {"cpu": 1})
    with pytest.raises(BackendError):
        backend.pause_resource("root")
    with pytest.raises(BackendError):
        backend.remove_users_from_resource(resource, {"root"})
    shown = slurm.run("sacctmgr", "-nP", "show", "assoc", "format=account,user,grptresmins")
    assert shown.split() == ["root||", "root|root|"]


def test_an_interrupted_deletion_is_finished(
    slurm: Any, make_backend: Any, make_resource: Any, people: tuple[str, ...]
) -> None:
    backend = make_backend(qos_management={"enabled": True})
    resource = make_resource()
    backend.create_resource_with_id(resource, "a_x1")
    backend.add_users_to_resource(resource, set(people[:3]))
    slurm.sacctmgr("remove", "account", "a_x1")
    backend.delete_resource(resource, project_slug="proj")
    assert tree(slurm) == {"c_cust": "root"}
    assert "a_x1" not in slurm.run("sacctmgr", "-nP", "show", "qos", "format=name").split()
