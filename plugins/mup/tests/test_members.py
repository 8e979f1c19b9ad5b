"""Who is on a team is in the project on MUP, and who left is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from mup_stand_in.portal import MupStandIn

from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent_testkit.mastermind.faults import DropConnection, Status
from waldur_site_agent_testkit.mastermind.state import Role

if TYPE_CHECKING:
    from collections.abc import Callable

GRANT = "GRANT-1"


@pytest.fixture
def site(setting: Any) -> Any:
    """A resource with its manager on it."""
    setting.create()
    setting.forget()
    return setting


def joined(site: Any, *names: str) -> Any:
    site.join(*names)
    site.sync()
    return site


def test_who_joins_is_asked_for_and_put_into_the_project(site: Any, mup: MupStandIn) -> None:
    joined(site, "ana")

    assert mup.active_members(GRANT) == {"pia", "ana"}
    ana = mup.user("ana")
    assert (ana.email, ana.keys, ana.is_approved) == ("ana@example.org", ["ana"], False)


def test_a_pass_without_a_difference_writes_nothing(site: Any, mup: MupStandIn) -> None:
    joined(site, "ana")
    site.forget()

    site.sync()

    assert mup.writes() == []
    assert not [path for path in site.waldur_writes() if "refresh_last_sync" not in path]


def test_a_pass_over_many_resources_costs_few_requests(site: Any, mup: MupStandIn) -> None:
    for number in range(8):
        site.create(f"r{number}", cpu=number)
    site.forget()

    site.sync()

    assert len(mup.asked) == 3
    assert mup.writes() == []


def test_every_page_is_read(make: Callable[..., Any]) -> None:
    setting = make(MupStandIn(page_size=1))
    setting.create()
    joined(setting, "ana", "rui")
    setting.forget()

    setting.sync()

    assert setting.mup.active_members(GRANT) == {"pia", "ana", "rui"}
    assert setting.mup.writes() == []


def test_who_leaves_is_switched_off_and_comes_back(site: Any, mup: MupStandIn) -> None:
    joined(site, "ana", "rui")
    site.leave("ana")
    site.sync()
    assert mup.active_members(GRANT) == {"pia", "rui"}

    joined(site, "ana")
    assert mup.active_members(GRANT) == {"pia", "ana", "rui"}
    assert len(mup.members) == 3


@pytest.mark.parametrize("nested", [False, True])
def test_people_known_to_mup_under_another_name_stay_themselves(
    make: Callable[..., Any], nested: bool
) -> None:
    mup = MupStandIn(nests_members=nested)
    mup.add_user("a.silva", "Ana@example.org", keys=["ana"])
    setting = make(mup)
    setting.create()
    joined(setting, "ana")
    assert mup.active_members(GRANT) == {"pia", "a.silva"}
    setting.forget()

    setting.sync()
    assert mup.writes() == []

    setting.leave("ana")
    setting.sync()
    assert mup.active_members(GRANT) == {"pia"}


@pytest.mark.parametrize(
    ("more", "is_ana"), [({}, False), ({"keys": ["ana"]}, True), ({"email": ""}, True)]
)
def test_a_user_of_the_same_name_may_be_somebody_else(
    site: Any, mup: MupStandIn, more: dict[str, Any], is_ana: bool
) -> None:
    other = mup.add_user("ana", "another.ana@example.net")
    vars(other).update(more)

    report = joined(site, "ana").sync()

    assert ("ana" in mup.active_members(GRANT)) is is_ana
    assert (report.counts["not_changed"] > 0) is not is_ana


def test_an_inactive_member_of_the_same_name_may_be_somebody_else(
    site: Any, mup: MupStandIn
) -> None:
    other = mup.add_user("ana", "another.ana@example.net")
    mup.add_member(mup.of_grant(GRANT), other, active=False)

    joined(site, "ana")

    assert mup.active_members(GRANT) == {"pia"}


def test_an_identity_is_told_where_mup_lacks_it(site: Any, mup: MupStandIn) -> None:
    mup.shows_keys = False
    mup.add_user("ana", keys=["ana"])
    mup.add_user("rui")

    joined(site, "ana", "rui")

    linked = [path for path in mup.writes() if "myaccessid" in path]
    assert linked == [f"POST /api/user/{mup.user('rui').id}/myaccessid"]


def test_a_refused_identity_keeps_nobody_out(site: Any, mup: MupStandIn) -> None:
    mup.faults.add(match="myaccessid", action=Status(400), times=None)

    joined(site, "ana")

    assert mup.active_members(GRANT) == {"pia", "ana"}


def test_one_who_is_refused_stops_no_other(site: Any, mup: MupStandIn) -> None:
    mup.refused.add(mup.add_user("ana").id)

    report = joined(site, "ana", "rui").sync()

    assert mup.active_members(GRANT) == {"pia", "rui"}
    assert report.counts["not_changed"] == 1


def test_nobody_is_made_up(make: Callable[..., Any]) -> None:
    setting = make(default_user_country="Portugal", users_accept_terms=True)
    setting.create()
    joined(setting, "ana")

    told = setting.mup.user("ana").profile
    assert (told["country"], told["accepted_terms"]) == ("Portugal", True)
    assert (told["salutation"], told["year_of_birth"]) == ("", None)
    assert told["gender"] == "Don't want to reply"
    assert told["funding_agency_grant"] == "WALDUR-SITE-AGENT-ANA"


def test_without_an_address_nobody_is_asked_for(make: Callable[..., Any]) -> None:
    setting = make(exposed=("username",))
    setting.mup.add_user("pia")
    setting.create()

    report = joined(setting, "ana").sync()

    assert [user.username for user in setting.mup.users.values()] == ["pia"]
    assert report.counts["not_changed"] == 1


def test_a_machines_account_is_no_member_and_no_failure(site: Any, mup: MupStandIn) -> None:
    site.world.add_service_account(site.project, "svc-robot")

    report = site.sync()

    assert mup.active_members(GRANT) == {"pia"}
    assert (report.counts["waiting"], report.counts["not_changed"]) == (1, 0)


def test_a_restricted_resource_takes_nobody_from_the_other(site: Any, mup: MupStandIn) -> None:
    site.create("b")
    joined(site, "ana")
    site.world.restrict_members(next(iter(site.world.state.resources.values())))

    site.sync(force=True)

    assert mup.active_members(GRANT) == {"pia", "ana"}


def test_who_is_asked_for_is_not_asked_for_again_while_approval_is_awaited(
    site: Any, mup: MupStandIn
) -> None:
    mup.faults.add(match="POST members/add", action=Status(503))
    joined(site, "ana").sync()

    assert mup.writes().count("POST /api/user/") == 1
    assert mup.active_members(GRANT) == {"pia", "ana"}


def test_who_waits_for_approval_under_another_name_is_not_asked_for_again(
    site: Any, mup: MupStandIn
) -> None:
    mup.add_user("a.silva", "ana@example.org", is_approved=False)

    joined(site, "ana")

    assert mup.active_members(GRANT) == {"pia", "a.silva"}
    assert "POST /api/user/" not in mup.writes()


def test_nobody_is_taken_off_a_grant_that_two_projects_in_waldur_bear(
    site: Any, mup: MupStandIn
) -> None:
    other = site.world.add_project(site.project.customer, f"P / {GRANT} / Other", slug="other")
    site.join("eva", project=other, role=Role.PROJECT_MANAGER)
    site.create("b", project=other)
    joined(site, "ana")
    assert mup.active_members(GRANT) == {"pia", "ana", "eva"}
    site.leave("ana")

    report = site.sync()

    assert mup.active_members(GRANT) == {"pia", "ana", "eva"}
    assert report.failed


@pytest.fixture
def shared(site: Any) -> Any:
    """A second project in Waldur with the same grant, and somebody who left the first one."""
    other = site.world.add_project(site.project.customer, f"P / {GRANT} / Other", slug="other")
    site.join("eva", project=other, role=Role.PROJECT_MANAGER)
    site.create("b", project=other)
    joined(site, "ana")
    site.leave("ana")
    return site


def test_a_look_at_one_resource_takes_nobody_off_a_shared_grant(
    shared: Any, mup: MupStandIn
) -> None:
    report = shared.look("a")

    assert mup.active_members(GRANT) == {"pia", "ana", "eva"}
    assert report.failed


def test_a_look_at_one_resource_takes_who_left_off_a_grant_of_its_own(
    site: Any, mup: MupStandIn
) -> None:
    joined(site, "ana")
    site.leave("ana")

    report = site.look("a")

    assert mup.active_members(GRANT) == {"pia"}
    assert not report.failed


def test_a_shared_grant_is_known_though_the_others_resource_cannot_be_read(
    shared: Any, mup: MupStandIn
) -> None:
    theirs = next(one for one in shared.world.state.resources.values() if one.name == "b")
    theirs.backend_id = "named-by-hand"
    mup.faults.add(match="projects/allocations/named-by-hand", action=Status(500), times=None)

    report = shared.sync()

    assert mup.active_members(GRANT) == {"pia", "ana", "eva"}
    assert report.failed


def test_nobody_goes_while_mup_does_not_answer(site: Any, mup: MupStandIn) -> None:
    joined(site, "ana")
    site.leave("ana")
    site.forget()
    down = mup.faults.add(match="*", action=DropConnection(), times=None)

    with pytest.raises(BackendUnavailableError):
        site.sync()
    assert mup.writes() == []

    down.cancel()
    site.sync()
    assert mup.active_members(GRANT) == {"pia"}


def test_one_project_that_cannot_be_read_stops_no_other(site: Any, mup: MupStandIn) -> None:
    second = site.world.add_project(site.project.customer, "P / GRANT-2 / T", slug="two")
    site.join("pia", project=second, role=Role.PROJECT_MANAGER)
    site.create("b", project=second)
    site.join("ana")
    site.join("ana", project=second)
    broken = mup.of_grant(GRANT).id
    mup.faults.add(match=f"GET projects/{broken}/members", action=Status(500), times=None)

    report = site.sync()

    assert "ana" in mup.active_members("GRANT-2")
    assert "ana" not in mup.active_members(GRANT)
    assert report.failed


def test_what_was_ended_on_the_portal_is_missing_and_comes_back_when_somebody_says_so(
    site: Any, mup: MupStandIn
) -> None:
    for allocation in mup.allocations.values():
        allocation.active = False

    site.sync()
    assert mup.sizes() == {}

    site.sync(force=True)
    assert len(mup.sizes()) == 2
    assert len(mup.allocations) == 2


def test_one_who_cannot_be_switched_off_stops_no_other(site: Any, mup: MupStandIn) -> None:
    joined(site, "ana", "rui")
    site.leave("ana", "rui")
    ana = next(one for one in mup.members.values() if one.user == mup.user("ana").id)
    mup.faults.add(match=f"members/{ana.id}/toggle-status", action=Status(400), times=None)

    report = site.sync()

    assert mup.active_members(GRANT) == {"pia", "ana"}
    assert (report.counts["removed"], report.counts["not_changed"]) == (1, 1)


@pytest.mark.parametrize("gives_names", [False, True])
def test_what_mup_lost_is_made_again_when_somebody_says_so(
    make: Callable[..., Any], gives_names: bool
) -> None:
    setting = make(MupStandIn(gives_names=gives_names))
    resource = setting.create()
    setting.mup.allocations.clear()
    setting.sync()
    assert setting.mup.sizes() == {}

    setting.sync(force=True)

    assert len(setting.mup.sizes()) == (0 if gives_names else 2)
    assert ("gives such names itself" in resource.error_message) is gives_names


def test_what_could_be_imported_is_listed_once(site: Any, mup: MupStandIn) -> None:
    resource = next(iter(site.world.state.resources.values()))
    project = mup.of_grant(GRANT)
    mup.add_allocation(project, "NN-7")
    mup.add_allocation(project, "NN-8", active=False)

    listed = [(one.backend_id, one.parent_id) for one in site.backend().list_resources()]

    assert listed == [(resource.backend_id, GRANT), ("NN-7", GRANT)]


def test_a_size_changed_on_the_portal_is_told(site: Any, mup: MupStandIn) -> None:
    resource = next(iter(site.world.state.resources.values()))
    mup.named(resource.backend_id).size = 1230

    site.sync()

    assert {name: float(v) for name, v in resource.limits.items()} == {"cpu": 20.5, "gpu": 3}


def test_rounding_is_no_change(setting: Any, mup: MupStandIn) -> None:
    resource = setting.create(cpu=1, gpu=0.5)
    setting.forget()

    setting.sync()

    assert mup.sizes()[f"alloc_{resource.uuid}_gpu"] == 0
    assert not [path for path in setting.waldur_writes() if "set_limits" in path]


def test_what_mup_cannot_do_is_left_alone(site: Any, mup: MupStandIn) -> None:
    site.world.pause(next(iter(site.world.state.resources.values())))

    site.sync()

    assert mup.writes() == []
