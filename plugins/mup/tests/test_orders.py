"""Orders become projects and allocations on MUP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from mup_stand_in.portal import MupStandIn

from waldur_site_agent_testkit.mastermind.faults import DropConnection, Status
from waldur_site_agent_testkit.mastermind.state import Role

if TYPE_CHECKING:
    from collections.abc import Callable

GRANT = "GRANT-1"


def names(resource: Any) -> tuple[str, str]:
    return f"alloc_{resource.uuid}_cpu", f"alloc_{resource.uuid}_gpu"


def test_a_resource_is_an_allocation_for_each_component_in_the_grants_project(
    setting: Any, mup: MupStandIn
) -> None:
    resource = setting.create(cpu=10, gpu=3)

    cpu, gpu = names(resource)
    assert mup.sizes() == {cpu: 600, gpu: 3}
    assert {one.type for one in mup.allocations.values()} == {"Deucalion x86_64", "Deucalion GPU"}
    assert resource.backend_id == cpu
    assert resource.backend_metadata["mup_allocations"]["gpu"]["identifier"] == gpu
    project = mup.of_grant(GRANT)
    assert (project.title, project.pi) == (setting.project.name, "pia@example.org")
    assert mup.active_members(GRANT) == {"pia"}


def test_the_investigator_is_asked_for_once_and_told_by_identity(
    setting: Any, mup: MupStandIn
) -> None:
    setting.create()

    pia = mup.user("pia")
    assert not pia.is_approved
    assert pia.keys == ["pia"]
    assert pia.profile["first_name"] == "Pia"
    assert pia.profile["last_name"] == "Silva"
    assert pia.profile["accepted_terms"] is False
    assert pia.profile["year_of_birth"] is None
    assert mup.writes().count("POST /api/user/") == 1


def test_an_investigator_is_called_as_in_waldur_where_waldur_gives_the_names(
    make: Callable[..., Any],
) -> None:
    setting = make()
    setting.leave("pia")
    setting.join("rui", role=Role.PROJECT_MANAGER)

    setting.create()

    assert setting.mup.user("rui").email == "rui@example.org"


@pytest.mark.parametrize(("code", "field"), [("1.2", 17), ("1.3", 3), ("6", 2), ("", 2)])
def test_a_projects_field_of_science_is_mapped(
    make: Callable[..., Any], code: str, field: int
) -> None:
    setting = make(
        code=code,
        research_fields={"1": 3, "1.2": 17},
        default_research_field=2,
        agencies={"provider": "EU"},
    )

    setting.create()

    project = setting.mup.of_grant(GRANT)
    assert (project.science_field, project.agency) == (field, "EU")
    assert setting.mup.user("pia").profile["research_fields"] == [field]


def test_an_investigator_whom_mup_knows_is_not_asked_for(setting: Any, mup: MupStandIn) -> None:
    mup.add_user("p.silva", "PIA@example.org", keys=["pia"])

    setting.create()

    assert mup.of_grant(GRANT).pi == "PIA@example.org"
    assert "POST /api/user/" not in mup.writes()
    assert not [path for path in mup.writes() if "myaccessid" in path]


def test_a_second_resource_shares_the_project(setting: Any, mup: MupStandIn) -> None:
    setting.create("a")
    setting.forget()

    setting.create("b", cpu=1)

    assert len(mup.projects) == 1
    assert mup.writes() == [f"POST /api/projects/{mup.of_grant(GRANT).id}/allocations/add"]


def test_only_what_was_ordered_has_an_allocation(setting: Any, mup: MupStandIn) -> None:
    resource = setting.create(gpu=2)

    assert mup.sizes() == {names(resource)[1]: 2}
    assert resource.backend_id == names(resource)[1]


def test_a_size_of_zero_is_an_allocation(setting: Any, mup: MupStandIn) -> None:
    resource = setting.create(cpu=0, gpu=2)

    assert mup.sizes()[names(resource)[0]] == 0


def test_an_inactive_project_is_activated(setting: Any, mup: MupStandIn) -> None:
    project = mup.add_project(GRANT, is_active=False)

    setting.create()

    assert project.is_active
    assert "POST /api/projects/add/" not in mup.writes()


def test_an_order_without_a_grant_number_is_refused_in_words(make: Callable[..., Any]) -> None:
    setting = make(project="Part1 /  / Part3")
    setting.order()

    setting.run()

    assert "holds no grant number" in setting.erred()[0]
    assert setting.mup.writes() == []


def test_an_order_waits_for_a_manager(make: Callable[..., Any]) -> None:
    setting = make()
    setting.leave("pia")
    setting.join("ana")
    order = setting.order()

    setting.run()
    assert order.state == "executing"

    setting.name("pia")
    setting.join("pia", role=Role.PROJECT_MANAGER)
    setting.run()
    assert order.state == "done"


def test_an_order_waits_for_the_managers_account(make: Callable[..., Any]) -> None:
    setting = make(policy="service_provider")
    setting.leave("pia")
    setting.join("rui", role=Role.PROJECT_MANAGER)
    order = setting.order()

    setting.run()
    assert (order.state, setting.mup.writes()) == ("executing", [])

    setting.name("rui")
    setting.run()
    assert order.state == "done"


def test_every_component_can_be_updated(setting: Any, mup: MupStandIn) -> None:
    resource = setting.create(cpu=10, gpu=3)
    order = setting.world.order_update(resource, {"cpu": 20, "gpu": 9})
    setting.forget()

    setting.run()

    assert order.state == "done"
    assert mup.sizes() == dict(zip(names(resource), (1200, 9), strict=True))
    assert len(mup.writes()) == 2


def test_an_update_writes_only_what_differs(setting: Any, mup: MupStandIn) -> None:
    resource = setting.create(cpu=10, gpu=3)
    setting.world.order_update(resource, {"cpu": 10, "gpu": 9})
    setting.forget()

    setting.run()

    assert len(mup.writes()) == 1


def test_an_update_gives_a_component_its_first_allocation(setting: Any, mup: MupStandIn) -> None:
    resource = setting.create(gpu=3)
    order = setting.world.order_update(resource, {"cpu": 5, "gpu": 3})

    setting.run()

    assert order.state == "done"
    assert mup.sizes() == dict(zip(names(resource), (300, 3), strict=True))


def test_termination_ends_the_allocations_and_leaves_the_others_alone(
    setting: Any, mup: MupStandIn
) -> None:
    first, second = setting.create("a"), setting.create("b")
    order = setting.world.order_terminate(first)

    setting.run()

    assert order.state == "done"
    assert set(mup.sizes()) == set(names(second))
    assert set(mup.sizes(active=False)) == set(names(first))
    assert mup.of_grant(GRANT).is_active


def test_termination_of_the_last_ends_the_project(setting: Any, mup: MupStandIn) -> None:
    first, second = setting.create("a"), setting.create("b")
    for resource in (first, second):
        setting.world.order_terminate(resource)
    setting.run()

    assert mup.sizes() == {}
    assert not mup.of_grant(GRANT).is_active


def test_an_allocation_that_is_not_waldurs_keeps_the_project(setting: Any, mup: MupStandIn) -> None:
    resource = setting.create()
    mup.add_allocation(mup.of_grant(GRANT), "the site's own")
    setting.world.order_terminate(resource)

    setting.run()

    assert set(mup.sizes()) == {"the site's own"}
    assert mup.of_grant(GRANT).is_active


def test_soft_deletion_takes_the_size_only(make: Callable[..., Any]) -> None:
    setting = make(soft_delete=True)
    resource = setting.create()
    setting.world.order_terminate(resource)

    setting.run()

    assert setting.mup.sizes() == dict.fromkeys(names(resource), 0)
    assert setting.mup.of_grant(GRANT).is_active


def test_what_was_terminated_comes_back(setting: Any, mup: MupStandIn) -> None:
    resource = setting.create(cpu=10, gpu=3)
    setting.world.order_terminate(resource)
    setting.run()
    order = setting.world.order_restore(resource)

    setting.run()

    assert order.state == "done"
    assert mup.sizes() == dict(zip(names(resource), (600, 3), strict=True))
    assert mup.of_grant(GRANT).is_active
    assert len(mup.allocations) == 2


def test_where_mup_names_allocations_the_backend_id_tells_all(make: Callable[..., Any]) -> None:
    setting = make(MupStandIn(gives_names=True))
    resource = setting.create(cpu=10, gpu=3)
    assert resource.backend_id == ",".join(setting.mup.sizes())
    assert resource.backend_id.startswith("NN-")

    setting.world.order_update(resource, {"cpu": 20, "gpu": 9})
    setting.run()
    assert list(setting.mup.sizes().values()) == [1200, 9]

    setting.world.order_terminate(resource)
    setting.run()
    assert setting.mup.sizes() == {}


def test_a_name_from_mup_that_1x_kept_is_understood(setting: Any, mup: MupStandIn) -> None:
    project = mup.add_project(GRANT)
    mup.add_allocation(project, "NNOHPC-DEC-2026E02-991G", size=60)
    resource = setting.world.add_resource(
        setting.project,
        setting.offering,
        "old",
        backend_id="NNOHPC-DEC-2026E02-991G",
        limits={"cpu": 1},
    )
    order = setting.world.order_update(resource, {"cpu": 20})
    setting.run()
    assert order.state == "done"
    assert mup.sizes() == {"NNOHPC-DEC-2026E02-991G": 1200}

    setting.world.order_update(resource, {"cpu": 20, "gpu": 1})
    setting.run()
    assert "make one there, and add its name to the backend id" in setting.erred()[0]


def test_what_mup_does_not_have_is_terminated(setting: Any, mup: MupStandIn) -> None:
    resource = setting.world.add_resource(
        setting.project, setting.offering, "gone", backend_id="1_1", limits={"cpu": 1}
    )
    order = setting.world.order_terminate(resource)

    setting.run()

    assert order.state == "done"
    assert mup.writes() == []


def test_a_refusal_errs_the_order_without_anybodys_address(make: Callable[..., Any]) -> None:
    setting = make(research_fields={"1": 99}, default_research_field=99)
    setting.order()

    setting.run()

    assert "science_field" in setting.erred()[0]
    assert "@" not in setting.erred()[0]


def test_nothing_errs_while_mup_is_down(setting: Any, mup: MupStandIn) -> None:
    order = setting.order()
    down = mup.faults.add(match="*", action=Status(503), times=None)

    setting.run()
    assert (order.state, mup.allocations) == ("executing", {})

    down.cancel()
    setting.run()
    assert order.state == "done"


def test_a_refused_password_is_the_operators_business(make: Callable[..., Any]) -> None:
    setting = make(password="wrong")
    order = setting.order()

    setting.run()

    assert order.state == "executing"


def test_a_proxys_404_is_no_absence(setting: Any, mup: MupStandIn) -> None:
    resource = setting.create()
    setting.settings["api_url"] = "https://mup.example.org/portal/elsewhere"
    order = setting.world.order_terminate(resource)

    setting.run()

    assert order.state == "executing"
    assert len(mup.sizes()) == 2
    mup.violations.clear()


def test_lost_answers_make_nothing_twice(setting: Any, mup: MupStandIn) -> None:
    for path in ("POST /api/user/", "POST /api/projects/add/", "POST /api/projects/*/allocations"):
        mup.faults.add(match=f"{path}*", action=DropConnection(before=False))
    order = setting.order()

    for _ in range(5):
        setting.run()

    assert order.state == "done"
    assert (len(mup.projects), len(mup.allocations), len(mup.users)) == (1, 2, 1)
