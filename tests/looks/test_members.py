"""Members by events: a role change reaches the backend without a pass over the offering."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.backend.structures import ResourceStatus
from waldur_site_agent_testkit.mastermind.faults import Status

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def site(make: Callable[..., object]) -> object:
    """One resource with Ada and Barbara, among those of twenty other projects."""
    setting = make()
    setting.join("ada")
    setting.join("barbara")
    setting.resource("hpc_climate", users=("ada", "barbara"))
    for number in range(20):
        other = setting.world.add_project(setting.project.customer, f"Other {number}")
        setting.join("keeper", other)
        setting.resource(f"hpc_{number}", other, users=("keeper",))
    setting.reconcile()
    setting.world.calls.clear()
    setting.system.effects.clear()
    return setting


def test_who_gets_a_role_is_on_the_resource(site: object) -> None:
    site.join("grace")
    site.run()
    assert site.on("hpc_climate") == {"ada", "barbara", "grace"}
    assert site.system.effects == ["add hpc_climate"]


def test_who_loses_it_is_off(site: object) -> None:
    site.leave("barbara")
    site.run()
    assert site.on("hpc_climate") == {"ada"}
    assert site.post.is_empty


def test_a_role_change_costs_the_same_in_a_large_offering(site: object) -> None:
    site.leave("barbara")
    site.run()
    whole = [path for path in site.asked("GET") if path.endswith("provider-resources/")]
    assert len(whole) == 2, "one for the project's, one for who shares the id"
    assert len(site.asked()) <= 12
    assert len(site.asked("/team/")) == 1
    assert not site.asked("project_permissions")


def test_the_last_member_leaves_too(site: object) -> None:
    site.leave("ada")
    site.leave("barbara")
    site.run()
    assert site.on("hpc_climate") == set()


def test_somebody_whose_name_is_news_is_not_taken_for_a_stranger(site: object) -> None:
    """What was read some minutes ago does not know the name that Waldur and the backend have."""
    site.join("grace", named=False)
    site.leave("barbara")
    site.run()
    site.post.is_up = False
    site.world.set_username(site.person("grace"), site.offering, "grace")
    site.system.accounts["hpc_climate"].users.add("grace")
    site.post.is_up = True

    site.world.announce_team(site.project)
    site.run(after=1.0)

    assert site.on("hpc_climate") == {"ada", "grace"}


def test_a_flag_reaches_the_backend(site: object) -> None:
    resource = next(r for r in site.world.state.resources.values() if r.name == "hpc_climate")
    site.world.pause(resource)
    site.run()
    assert site.system.accounts["hpc_climate"].status is ResourceStatus.PAUSED


def test_who_is_shut_out_after_others_were_looked_at_is_off(site: object) -> None:
    site.leave("barbara")
    site.run()
    account = site.world.offering_user(site.person("ada"), site.offering)
    site.world.restrict(account)
    site.world.announce(
        site.offering, "offering_user", {"user_uuid": account.user.uuid, "action": "update"}
    )
    site.run()
    assert site.on("hpc_climate") == set()


def test_accounts_of_projects_come_and_go(site: object) -> None:
    account = site.world.add_service_account(site.project, "svc-1")
    site.run()
    assert "svc-1" in site.on("hpc_climate")
    site.world.close_account(account)
    site.run()
    assert "svc-1" not in site.on("hpc_climate")


def test_a_name_that_comes_later_brings_its_bearer_onto_the_resources(site: object) -> None:
    site.join("grace", named=False)
    site.run()
    assert site.on("hpc_climate") == {"ada", "barbara"}
    site.world.set_username(site.person("grace"), site.offering, "grace")
    site.run()
    assert site.on("hpc_climate") == {"ada", "barbara", "grace"}


def test_a_new_name_costs_no_listing_of_all_users(site: object) -> None:
    site.join("grace")
    site.run()
    site.world.calls.clear()
    site.join("mary")
    site.run()
    assert "mary" in site.on("hpc_climate")
    listings = [call for call in site.world.calls if call.path.endswith("offering-users/")]
    assert listings
    assert all("user_uuid" in call.query for call in listings)


def test_who_is_shut_out_gets_no_name(make: Callable[..., object]) -> None:
    setting = make()
    setting.settings = {"username_management_backend": "initials"}
    setting.resource("hpc_climate")
    setting.run()
    setting.post.is_up = False
    setting.world.grant(setting.person("grace"), setting.project)
    setting.post.is_up = True
    account = setting.world.offering_user(setting.person("grace"), setting.offering)
    setting.world.restrict(account)
    setting.world.announce(
        setting.offering,
        "offering_user",
        {"user_uuid": setting.person("grace").uuid, "action": "update"},
    )
    setting.run()
    assert account.username == ""


def test_without_the_right_to_read_roles_all_members_are_looked_at(make: Callable) -> None:
    setting = make(refuses=("project_permissions",))
    setting.resource("hpc_climate")
    setting.join("grace", named=False)
    setting.run()
    setting.world.set_username(setting.person("grace"), setting.offering, "grace")
    setting.run()
    assert setting.on("hpc_climate") == {"grace"}


def test_two_resources_with_one_id_are_left_alone(site: object) -> None:
    other = site.world.add_project(site.project.customer, "Ocean")
    site.world.grant(site.person("mary"), other)
    site.world.add_resource(other, site.offering, "Twin", backend_id="hpc_climate")
    site.world.announce_team(other)
    site.run()
    assert site.on("hpc_climate") == {"ada", "barbara"}


def test_who_leaves_the_offering_is_handed_to_the_plugin_first(make: Callable) -> None:
    setting = make()
    setting.settings = {"username_management_backend": "initials"}
    other = setting.world.add_project(setting.project.customer, "Ocean")
    for project in (setting.project, other):
        setting.join("ada", project)
    setting.join("keeper")
    setting.resource("hpc_a", users=("ada", "keeper"))
    setting.resource("hpc_b", other, users=("ada",))
    deactivated = sys.modules["gifted_plugin"].Initials.deactivated
    setting.run()
    deactivated.clear()

    setting.leave("ada")
    setting.run()
    assert deactivated == []

    setting.leave("ada", other)
    setting.run()
    assert deactivated == ["ada"]
    assert setting.on("hpc_b") == set()


def test_ten_thousand_messages_about_fifty_resources_are_fifty_looks(site: object) -> None:
    resources = list(site.world.state.resources.values())
    more = [site.resource(f"hpc_more_{n}", site.project) for n in range(50 - len(resources))]
    site.run()
    site.world.calls.clear()
    for number in range(10_000):
        site.world.announce_resource((resources + more)[number % 50])

    site.run()

    looks = [path for path in site.asked("GET") if path.count("/") == 4]
    assert len([path for path in looks if "provider-resources" in path]) == 50
    assert site.post.is_empty


def test_a_backend_that_is_down_is_tried_again(site: object) -> None:
    site.system.is_up = False
    site.join("grace")
    site.run()
    site.system.is_up = True
    site.run(after=2.0)
    assert "grace" in site.on("hpc_climate")


def test_a_team_that_cannot_be_read_removes_nobody_and_is_tried_again(site: object) -> None:
    site.world.faults.add(match="team", action=Status(502), times=2)
    site.leave("barbara")
    site.run()
    assert site.on("hpc_climate") == {"ada", "barbara"}
    site.run(after=2.0)
    assert site.on("hpc_climate") == {"ada"}


def test_what_messages_did_not_say_is_found_by_reconciliation(site: object) -> None:
    site.post.is_up = False
    site.join("grace")
    site.leave("barbara")
    site.reconcile()
    assert site.on("hpc_climate") == {"ada", "grace"}


def test_a_whole_pass_that_fails_comes_back_when_polling_would(site: object) -> None:
    site.system.is_up = False
    site.reconcile()
    site.world.calls.clear()
    site.run(after=10.0)
    assert not site.asked("offering-users")
    site.system.is_up = True
    site.system.accounts["hpc_climate"].users = set()
    site.run(after=291.0)
    assert site.on("hpc_climate") == {"ada", "barbara"}


def test_a_forced_sync_makes_again_what_the_backend_lost(site: object) -> None:
    del site.system.accounts["hpc_climate"]
    site.reconcile()
    assert "hpc_climate" not in site.system.accounts

    site.world.sync_resources(site.offering, site.person("ada"))
    site.run()

    assert site.on("hpc_climate") == {"ada", "barbara"}


def test_a_forced_sync_takes_no_brake_off(make: Callable[..., object]) -> None:
    setting = make()
    setting.settings = {
        "removal_limits": {"resource_share": 0.1, "resource_number": 1},
    }
    for name in ("ada", "barbara", "carol", "dora"):
        setting.join(name)
    setting.resource("hpc_climate", users=("ada", "barbara", "carol", "dora"))
    for name in ("barbara", "carol", "dora"):
        setting.leave(name)
    setting.world.sync_resources(setting.offering, setting.person("ada"))
    setting.run()
    assert len(setting.on("hpc_climate")) == 4


def test_the_profile_that_is_handed_on_is_the_one_of_now(site: object) -> None:
    account = site.world.offering_user(site.person("ada"), site.offering)
    site.world.update_profile(account, {"email": "old@example.org"})
    site.world.update_profile(account, {"email": "new@example.org"})
    site.run()
    told = [attributes for what, *attributes in site.told if what == "profile"]
    assert len(told) == 1
    name, attributes = told[0]
    assert name == "ada"
    assert attributes["email"] == "new@example.org"
