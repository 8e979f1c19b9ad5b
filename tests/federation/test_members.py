"""Who is on A's team has a role in B's project."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.federation import SOURCE
from waldur_site_agent_testkit.mastermind.faults import Status
from waldur_site_agent_testkit.mastermind.state import Role

if TYPE_CHECKING:
    from collections.abc import Callable

ADA, BOB, EVE = "ada@idp.test", "bob@idp.test", "eve@idp.test"
MEMBER, MANAGER, ADMIN = "PROJECT.MEMBER", "PROJECT.MANAGER", "PROJECT.ADMIN"
BY_CUID = {"user_resolve_method": "user_field"}
BY_EMAIL = {"user_resolve_method": "user_field", "user_match_field": "email"}
EDUTEAMS = {"user_resolve_method": "remote_eduteams"}


def on_b(stage: object, cuid: str) -> object:
    return next(user for user in stage.b.state.users.values() if user.username == cuid)


def person_on_a(stage: object, cuid: str) -> object:
    return next(user for user in stage.a.state.users.values() if user.username == cuid)


def test_the_identity_bridge_makes_whom_b_does_not_know(stage: object) -> None:
    resource = stage.resource()
    assert stage.roles_on_b(resource) == {ADA: {MEMBER}}
    stage.person(BOB, on_b=False, role=Role.PROJECT_MANAGER)
    assert stage.members().counts["added"] == 1
    assert stage.roles_on_b(resource) == {ADA: {MEMBER}, BOB: {MANAGER}}
    assert stage.b.violations == []


def test_who_leaves_the_team_loses_the_role(stage: object) -> None:
    resource = stage.resource()
    bob = stage.person(BOB)
    stage.members()
    stage.a.revoke(bob, stage.federation.project)
    assert stage.members().counts["removed"] == 1
    assert stage.roles_on_b(resource) == {ADA: {MEMBER}}


def test_whom_an_operator_restricts_is_known_by_cuid_and_leaves_past_the_brakes(
    make: Callable[..., object],
) -> None:
    brakes = {"resource_number": 0, "resource_share": 0, "offering_number": 0, "offering_share": 0}
    stage = make(offering_settings={"removal_limits": brakes})
    stage.federation.a.offering.exposed_fields = ["username"]
    resource = stage.resource()
    bob = stage.person(BOB)
    account = stage.a.open_account(bob, stage.federation.a.offering)
    stage.members()
    stage.a.revoke(person_on_a(stage, ADA), stage.federation.project)
    stage.a.restrict(account)
    report = stage.members()
    assert (report.counts["removed"], report.counts["held_back"]) == (1, 1)
    assert stage.roles_on_b(resource) == {ADA: {MEMBER}}


def test_an_account_is_closed_when_its_bearer_is_off_b(stage: object) -> None:
    stage.federation.a.offering.exposed_fields = ["username"]
    resource = stage.resource()
    account = stage.a.open_account(stage.federation.member, stage.federation.a.offering)
    stage.a.set_username(stage.federation.member, stage.federation.a.offering, "slurm_ada")
    stage.a.move_account(account, "request_deletion")
    stuck = stage.b.faults.add(match="POST delete_user", action=Status(400), times=None)
    stage.members()
    assert account.state == "Deleting"
    stuck.cancel()
    stage.members()
    assert (account.state, stage.roles_on_b(resource)) == ("Deleted", {})


def test_a_changed_role_is_granted_before_the_other_goes(stage: object) -> None:
    resource = stage.resource()
    ada, project = person_on_a(stage, ADA), stage.federation.project
    stage.a.revoke(ada, project)
    stage.a.grant(ada, project, Role.PROJECT_MANAGER)
    calls = stage.calls_to_b(stage.members)
    assert stage.roles_on_b(resource) == {ADA: {MANAGER}}  # F22
    changes = [call.path.rsplit("/", 2)[-2] for call in calls if call.method == "POST"]
    assert changes == ["add_user", "delete_user"]


def test_a_role_that_b_refuses_leaves_the_old_one(stage: object) -> None:
    resource = stage.resource()
    ada, project = person_on_a(stage, ADA), stage.federation.project
    stage.a.revoke(ada, project)
    stage.a.grant(ada, project, Role.PROJECT_MANAGER)
    stage.b.faults.add(match="POST add_user", action=Status(400), times=None)
    stage.members()
    assert stage.roles_on_b(resource) == {ADA: {MEMBER}}


@pytest.mark.parametrize("status", [400, 403, 409])
def test_one_who_is_refused_stops_no_other(stage: object, status: int) -> None:
    resource = stage.resource()
    for cuid in (BOB, EVE):
        stage.person(cuid)
    stage.b.faults.add(match="POST add_user", action=Status(status), times=1)
    report = stage.members()
    assert (report.counts["added"], report.counts["not_changed"]) == (1, 1)
    stage.members()
    assert set(stage.roles_on_b(resource)) == {ADA, BOB, EVE}


@pytest.mark.parametrize("status", [429, 500])
def test_one_on_whom_b_fails_stops_no_other_while_b_answers(stage: object, status: int) -> None:
    resource = stage.resource()
    stage.person("bad@idp.test", on_b=False)
    stage.person("good@idp.test", on_b=False)
    fault = stage.b.faults.add(match="POST identity-bridge", action=Status(status), times=2)
    report = stage.members()
    assert fault.fired == 2
    assert stage.roles_on_b(resource).keys() == {ADA, "good@idp.test"}
    assert report.failed
    assert not report.given_up

    stage.members()
    assert "bad@idp.test" in stage.roles_on_b(resource)


def test_several_roles_on_b_become_the_one_on_a(stage: object) -> None:
    resource = stage.resource()
    project = stage.target_of(resource).project
    for role in (Role.PROJECT_MANAGER, Role.PROJECT_ADMIN):
        stage.b.grant(on_b(stage, ADA), project, role)
    stage.members()
    assert stage.roles_on_b(resource) == {ADA: {MEMBER}}


def test_roles_are_mapped(make: Callable[..., object]) -> None:
    stage = make(settings={"role_mapping": {"PROJECT.MEMBER": "PROJECT.ADMIN"}})
    resource = stage.resource()
    assert stage.roles_on_b(resource) == {ADA: {ADMIN}}  # F20
    assert stage.members().counts["added"] == 0


def test_a_resource_that_b_still_makes_has_its_members_and_is_not_erred(stage: object) -> None:
    order = stage.order()
    stage.orders()
    assert stage.members().counts["added"] == 1
    ada = person_on_a(stage, ADA)
    stage.a.revoke(ada, stage.federation.project)
    stage.a.grant(ada, stage.federation.project, Role.PROJECT_MANAGER)
    stage.settings["role_mapping"] = {"MANAGER": "GUEST"}
    stage.members()
    assert order.resource.state == "Creating"


def test_a_role_that_b_does_not_have_is_told(make: Callable[..., object]) -> None:
    stage = make(settings={"role_mapping": {"PROJECT.MEMBER": "PROJECT.GUEST"}})
    stage.resource()
    assert stage.members().counts["not_changed"] == 1


@pytest.mark.parametrize("settings", [BY_CUID, BY_EMAIL, EDUTEAMS])
def test_people_whom_b_knows_are_found(make: Callable[..., object], settings: dict) -> None:
    stage = make(settings=settings)
    stage.federation.b.user.is_support = True
    resource = stage.resource()
    stage.b.add_user(ADA, email="Ada@example.org")
    stage.b.add_to_eduteams(ADA)
    stage.federation.a.offering.exposed_fields = ["username", "email"]
    assert stage.members().counts["added"] == 1
    assert stage.roles_on_b(resource) == {ADA: {MEMBER}}
    report = stage.members()
    assert (report.counts["added"], report.counts["removed"]) == (0, 0)


@pytest.mark.parametrize(
    ("settings", "count"),
    [(BY_CUID, "waiting"), ({**BY_CUID, "user_not_found_action": "fail"}, "not_changed")],
)
def test_who_is_not_known_waits_or_fails(
    make: Callable[..., object], settings: dict, count: str
) -> None:
    stage = make(settings=settings)
    stage.federation.b.user.is_support = True
    resource = stage.resource()
    assert stage.members().counts[count] == 1
    assert stage.roles_on_b(resource) == {}
    stage.b.add_user(ADA)
    assert stage.members().counts["added"] == 1


def test_two_people_with_one_address_are_nobody(make: Callable[..., object]) -> None:
    stage = make(settings=BY_EMAIL)
    stage.federation.a.offering.exposed_fields = ["username", "email"]
    stage.federation.b.user.is_support = True
    resource = stage.resource()
    for cuid in (ADA, EVE):
        stage.b.add_user(cuid, email="ada@example.org")
    assert stage.members().counts["waiting"] == 1
    assert stage.roles_on_b(resource) == {}


def test_where_addresses_are_not_exposed_nobody_is_taken_for_a_stranger(
    make: Callable[..., object],
) -> None:
    stage = make(settings=BY_EMAIL)
    stage.federation.a.offering.exposed_fields = ["username"]
    resource = stage.resource()
    ada = stage.b.add_user(ADA, email="ada@example.org")
    stage.b.grant(ada, stage.target_of(resource).project)
    report = stage.members()
    assert (report.counts["removed"], report.counts["unknown"]) == (0, 1)
    assert stage.roles_on_b(resource) == {ADA: {MEMBER}}


def test_the_agents_own_account_on_b_is_left_alone(stage: object) -> None:
    resource = stage.resource()
    b = stage.federation.b
    stage.b.grant(b.user, stage.target_of(resource).project, Role.PROJECT_ADMIN)
    assert stage.members().counts["removed"] == 0
    assert stage.roles_on_b(resource) == {ADA: {MEMBER}, "agent-b": {ADMIN}}


def test_members_need_no_name_at_the_offering(stage: object) -> None:
    """B gives the names; who waited for one would wait for ever."""
    resource = stage.resource()
    bob = stage.person(BOB, on_b=False)
    account = stage.a.offering_user(bob, stage.federation.a.offering)
    assert account is None or account.username == ""
    stage.members()
    assert BOB in stage.roles_on_b(resource)


def test_without_consent_nobody_comes(make: Callable[..., object]) -> None:
    stage = make(settings={"fetch_consented_users_only": True})
    resource = stage.resource()
    assert stage.roles_on_b(resource) == {}
    stage.a.give_consent(person_on_a(stage, ADA), stage.federation.a.offering)
    stage.members()
    assert stage.roles_on_b(resource) == {ADA: {MEMBER}}


def test_an_unchanged_pass_writes_nothing(stage: object) -> None:
    for name in ("One", "Two"):
        stage.resource(name)
    stage.members()
    before = len(stage.a.calls)
    calls = stage.calls_to_b(stage.members)
    assert {call.method for call in calls} == {"GET"}
    assert {call.method for call in list(stage.a.calls)[before:]} == {"GET"}


def test_a_b_that_does_not_name_roles_in_its_listing_is_asked_by_project(
    make: Callable[..., object],
) -> None:
    stage = make(target_refuses={"customers"})
    first = stage.resource("One")
    other = stage.a.add_project(stage.federation.a.customer, "Sea ice")
    second = stage.resource("Two", project=other)
    stage.person(BOB)
    stage.members()
    assert set(stage.roles_on_b(first)) == {ADA, BOB}
    assert stage.roles_on_b(second) == {}


@pytest.mark.parametrize(("settings", "told"), [({}, "a@example.org"), (BY_CUID, "")])
def test_a_profile_that_waldur_tells_of_goes_over_the_bridge_at_once(
    make: Callable[..., object], settings: dict, told: str
) -> None:
    stage = make(settings=settings)
    ada = stage.b.add_user(ADA, email="")
    with stage.site() as site:
        site.backend.update_user_attributes(ADA, {"email": "a@example.org"})
    assert ada.email == told


def test_profiles_go_over_the_bridge_as_b_takes_them(stage: object) -> None:
    offering = stage.federation.a.offering
    offering.exposed_fields = ["username", "full_name", "email"]
    stage.b.take_identity_fields({"first_name"})
    stage.resource()
    stage.a.open_account(stage.person(BOB, on_b=False), offering)
    stage.members()
    bob = on_b(stage, BOB)
    assert bob.first_name == "Bob@idp.test"
    assert bob.email == ""
    assert SOURCE in bob.active_isds
