"""Who is on a team is on the account, and who left is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.backend.structures import BackendUser
from waldur_site_agent.membership.observing import looked_after
from waldur_site_agent.runtime.trying_out import Outcome, try_out
from waldur_site_agent_testkit.backends.bulk import BulkBackend
from waldur_site_agent_testkit.backends.memory import MemoryBackend
from waldur_site_agent_testkit.mastermind.faults import (
    BrokenJson,
    DropConnection,
    MissingPage,
    Status,
)
from waldur_site_agent_testkit.mastermind.state import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TEAM = {"ada", "barbara", "grace"}


@pytest.mark.parametrize("backend", [BulkBackend, MemoryBackend])
def test_who_joins_comes_and_who_leaves_goes(setting: object, backend: type) -> None:
    setting.backend_class = backend
    setting.join("mary")
    setting.leave("grace")

    report = setting.run()

    assert setting.on("hpc_one") == {"ada", "barbara", "mary"}
    assert not report.failed
    assert (report.counts["added"], report.counts["removed"]) == (1, 1)
    assert setting.world.violations == []


def test_an_unchanged_pass_writes_nothing_and_reads_no_team(setting: object) -> None:
    setting.run()
    setting.world.calls.clear()
    setting.system.effects.clear()

    report = setting.run()

    assert not report.failed
    assert setting.writes() == []
    assert setting.asked("/team/") == 0
    assert setting.system.effects == []


def test_requests_of_an_unchanged_pass_do_not_grow_with_resources(
    make: Callable[..., object],
) -> None:
    def requests(number: int) -> int:
        setting = make()
        for count in range(number):
            setting.resource(f"hpc_more{count}", users=sorted(TEAM))
        setting.run()
        setting.world.calls.clear()
        setting.run()
        return len(setting.world.calls)

    assert requests(1) == requests(50)


def test_a_token_that_may_not_list_roles_gives_the_same_result(make: Callable[..., object]) -> None:
    setting = make(lacks=["project_permissions"])
    setting.join("mary")
    setting.leave("grace")

    assert not setting.run().failed

    assert setting.on("hpc_one") == {"ada", "barbara", "mary"}
    assert setting.asked("/team/") == 1


def test_losing_one_of_several_roles_removes_nobody(setting: object) -> None:
    setting.join("ada", role=Role.PROJECT_ADMIN)
    setting.world.revoke(setting.person("ada"), setting.project, Role.PROJECT_MEMBER)

    setting.run()

    assert setting.on("hpc_one") == TEAM


def test_a_revoke_is_honoured_when_the_account_in_waldur_is_gone(setting: object) -> None:
    setting.leave("grace")
    setting.world.forget_account(setting.account_of("grace"))

    setting.run()

    assert setting.on("hpc_one") == {"ada", "barbara"}


def test_a_person_renamed_in_waldur_stays(setting: object) -> None:
    setting.person("grace").username = "grace-hopper@example.org"

    assert not setting.run().failed

    assert setting.on("hpc_one") == TEAM


def test_a_new_name_at_the_site_replaces_the_old_one(setting: object) -> None:
    setting.world.set_username(setting.person("grace"), setting.offering, "ghopper")

    setting.run()

    assert setting.on("hpc_one") == {"ada", "barbara", "ghopper"}


def test_a_restricted_user_goes(setting: object) -> None:
    setting.world.restrict(setting.account_of("grace"))

    setting.run()

    assert setting.on("hpc_one") == {"ada", "barbara"}


def test_a_restricted_resource_keeps_its_accounts_only(setting: object) -> None:
    setting.world.add_service_account(setting.project, "svc-robot")
    (resource,) = setting.world.state.resources.values()
    setting.world.restrict_members(resource)

    report = setting.run()

    assert setting.on("hpc_one") == {"svc-robot"}
    assert not report.failed, "Waldur asks for it outright: no brake"


def test_service_and_course_accounts_come_stay_and_go(setting: object) -> None:
    service = setting.world.add_service_account(setting.project, "svc-robot")
    course = setting.world.add_course_account(setting.project, setting.person("student"))
    setting.run()
    assert setting.on("hpc_one") == TEAM | {"svc-robot", "student"}

    setting.system.effects.clear()
    setting.run()
    assert setting.system.effects == [], "they stay, pass after pass"

    setting.world.close_account(service)
    setting.world.close_account(course)
    setting.run()
    assert setting.on("hpc_one") == TEAM


@pytest.mark.parametrize("listing", ["list_project_service_accounts", "list_course_accounts"])
def test_nobody_unknown_goes_while_accounts_cannot_be_listed(setting: object, listing: str) -> None:
    setting.world.add_service_account(setting.project, "svc-robot")
    setting.run()
    setting.leave("grace")
    setting.world.faults.add(match=listing, action=Status(403), times=None)

    report = setting.run()

    assert setting.on("hpc_one") == {"ada", "barbara", "svc-robot"}
    assert not report.failed, "a side listing is no failure of a resource"


def test_users_whom_waldur_never_knew(make: Callable[..., object]) -> None:
    setting = make()
    setting.system.accounts["hpc_one"].users |= {"intruder", "root"}
    setting.run()
    assert setting.on("hpc_one") == TEAM | {"root"}, "root is protected by default"

    kind = make(preserve_unmanaged_backend_users=True)
    kind.system.accounts["hpc_one"].users |= {"local"}
    kind.leave("grace")
    kind.run()
    assert kind.on("hpc_one") == {"ada", "barbara", "local"}, "who was known goes all the same"


def test_protected_names_and_patterns_stay_whatever_else(make: Callable[..., object]) -> None:
    setting = make(protected_users=["grace", "svc-*"])
    setting.system.accounts["hpc_one"].users |= {"svc-backup", "root"}
    setting.leave("grace")
    setting.world.restrict(setting.account_of("grace"))

    setting.run()

    assert setting.on("hpc_one") == TEAM | {"svc-backup"}


def test_who_has_no_name_yet_waits(make: Callable[..., object]) -> None:
    setting = make(policy="service_provider", team=("ada",))
    setting.system.accounts["hpc_one"].users.clear()

    report = setting.run()

    assert not report.failed
    assert setting.on("hpc_one") == set()
    setting.usernames.names = {"ada": "ada1"}
    setting.run()
    assert setting.on("hpc_one") == {"ada1"}


def test_who_has_no_unix_account_yet_waits_and_is_told(make: Callable[..., object]) -> None:
    setting = make(plugin_options={"enable_membership_sync_status": True})
    setting.system.strangers = {"mary"}
    setting.join("mary")

    report = setting.run()

    assert not report.failed, "waiting is no failure"
    assert setting.on("hpc_one") == TEAM
    (resource,) = setting.world.state.resources.values()
    told = {row.username: (row.state, row.message) for row in resource.member_statuses}
    assert told["mary"] == ("pending", "the system does not know the user yet")
    assert told["ada"] == ("synced", "")
    setting.world.calls.clear()
    setting.run()
    assert setting.asked("set_membership_sync_statuses") == 0, "nothing new to say"

    setting.system.strangers = set()
    setting.run()
    assert {row.state for row in resource.member_statuses} == {"synced"}
    assert setting.on("hpc_one") == TEAM | {"mary"}


def test_what_a_backend_says_itself_of_access_is_told_as_it_changes(
    make: Callable[..., object],
) -> None:
    setting = make(plugin_options={"enable_membership_sync_status": True})
    row = {"username": "ada", "scope_type": "resource", "role_name": "member", "state": "pending"}

    class Telling(BulkBackend):
        skip_resource_team_diff = True

        def get_membership_sync_report(self, resource: object) -> list[dict[str, str]]:
            del resource
            return [dict(row)]

    setting.backend_class = Telling
    (resource,) = setting.world.state.resources.values()
    for state, told in (("pending", 1), ("pending", 0), ("synced", 1)):
        row["state"] = state
        setting.world.calls.clear()
        setting.run()
        assert setting.asked("set_membership_sync_statuses") == told
        assert [status.state for status in resource.member_statuses] == [state]


@pytest.mark.parametrize("fault", [Status(502), BrokenJson(), MissingPage(), DropConnection()])
@pytest.mark.parametrize(
    "call", ["marketplace-offering-users", "GET marketplace-provider-resources"]
)
def test_an_unreadable_main_listing_changes_nobody(
    setting: object, call: str, fault: object
) -> None:
    setting.join("mary")
    setting.leave("grace")
    for number in range(200):
        setting.join(f"user{number:03}")
    trouble = setting.world.faults.add(match=call, action=fault, times=None)

    with pytest.raises(Exception, match=r"answer|lost|listing|page"):
        setting.run()

    assert setting.on("hpc_one") == TEAM
    trouble.cancel()
    setting.run()
    assert "mary" in setting.on("hpc_one")
    assert "grace" not in setting.on("hpc_one")


@pytest.mark.parametrize("fault", [Status(502), Status(403), BrokenJson(), DropConnection()])
def test_an_unreadable_team_changes_nobody_on_its_resources(setting: object, fault: object) -> None:
    other = setting.world.add_project(setting.project.customer, "Ocean")
    setting.join("mary", project=other)
    setting.resource("hpc_other", project=other, users=[])
    setting.leave("grace")
    (mine, _) = setting.world.state.resources.values()
    setting.world.faults.add(match=f"{mine.uuid}/team", action=fault, times=None)

    report = setting.run()

    assert setting.on("hpc_one") == TEAM
    assert setting.on("hpc_other") == {"mary"}, "the others go on"
    assert report.failed
    assert report.counts["unknown"] == 1, "not known, rather than empty"
    assert mine.state == "OK"


def test_a_user_that_cannot_be_added_does_not_hold_up_the_others(setting: object) -> None:
    setting.backend_class = MemoryBackend
    setting.join("mary", "nobody")
    setting.system.accounts["hpc_two"] = setting.system.accounts["hpc_one"]
    setting.system.trouble("add hpc_one", ValueError("a defect"), times=0)
    setting.system.refuses = {"remove"}
    setting.leave("grace")

    report = setting.run()

    assert setting.on("hpc_one") == TEAM | {"mary", "nobody"}
    assert report.failed


def test_an_identity_bridge_goes_by_the_stable_identity(setting: object) -> None:
    class Bridge(BulkBackend):
        user_resolve_method = "identity_bridge"

    setting.backend_class = Bridge
    setting.world.set_username(setting.person("grace"), setting.offering, "ghopper")
    setting.join("mary")

    assert not setting.run().failed

    assert setting.on("hpc_one") == TEAM | {"mary"}


def test_consent_counts_where_the_backend_asks_for_it(setting: object) -> None:
    class Consenting(BulkBackend):
        fetch_consented_users_only = True

    setting.backend_class = Consenting
    for name in ("ada", "barbara"):
        setting.world.give_consent(setting.person(name), setting.offering)

    setting.run()

    assert setting.on("hpc_one") == {"ada", "barbara"}


class Shared(BulkBackend):
    """All resources of a project have the same members on the backend."""

    user_resolve_method = "identity_bridge"
    fetch_consented_users_only = True
    shared_project_membership = True


@pytest.mark.parametrize("unreadable", [False, True])
def test_members_of_a_sibling_stay_where_a_project_shares_its_members(
    setting: object,
    unreadable: bool,
) -> None:
    setting.backend_class = Shared
    second = setting.world.add_offering(setting.project.customer, "Second", components=("cpu",))
    sibling = setting.world.add_resource(setting.project, second, "S", backend_id="s")
    for name in ("ada", "barbara"):
        setting.world.give_consent(setting.person(name), setting.offering)
    setting.world.give_consent(setting.person("grace"), second)
    setting.system.accounts["hpc_one"].users.add("stranger")
    if unreadable:
        setting.world.faults.add(match=f"{sibling.uuid}/team", action=Status(403), times=None)

    setting.run()

    stay = TEAM | {"stranger"} if unreadable else TEAM
    assert setting.on("hpc_one") == stay


def test_each_of_several_siblings_spares_the_others_members(setting: object) -> None:
    setting.backend_class = Shared
    world = setting.world
    setting.resource("hpc_two", users=TEAM)
    second = world.add_offering(setting.project.customer, "Second", components=("cpu",))
    world.add_resource(setting.project, second, "S", backend_id="s")
    world.give_consent(setting.person("ada"), setting.offering)
    world.give_consent(setting.person("grace"), second)

    setting.run(force=True)

    assert setting.on("hpc_one") == setting.on("hpc_two") == {"ada", "grace"}


@pytest.mark.parametrize("all_restricted", [False, True])
def test_a_restricted_resource_takes_nobody_from_its_siblings(
    setting: object, all_restricted: bool
) -> None:
    class Unasked(Shared):
        fetch_consented_users_only = False

    setting.backend_class = Unasked
    second = setting.resource("hpc_two", users=TEAM)
    one = next(r for r in setting.world.state.resources.values() if r.backend_id == "hpc_one")
    setting.world.restrict_members(one)
    if all_restricted:
        setting.world.restrict_members(second)

    setting.run(force=True)

    assert setting.on("hpc_one") == (set() if all_restricted else TEAM)
    assert setting.on("hpc_two") == (set() if all_restricted else TEAM)


def test_a_backend_that_leaves_teams_alone(setting: object) -> None:
    class Alone(BulkBackend):
        skip_resource_team_diff = True

    setting.backend_class = Alone
    setting.join("mary")
    setting.leave("grace")

    setting.run()

    assert setting.on("hpc_one") == TEAM
    assert setting.asked("/team/") == 0


class Acting(BulkBackend):
    """Brings its system in line while it is read."""

    skip_resource_team_diff = True

    def pull_resources(self, *_: object, **__: object) -> dict[str, object]:
        raise AssertionError("read")


def test_trying_a_plugin_out_does_not_read_what_may_act_while_it_is_read(setting: object) -> None:
    setting.backend_class = Acting
    site = setting.site()

    findings = {one.step: one for one in try_out(site, looked_after(site, ()))}

    assert findings["resources of Waldur"].outcome is Outcome.SKIPPED
    assert findings["limits"].outcome is Outcome.SKIPPED


def test_a_dry_run_does_not_read_what_may_act_while_it_is_read(setting: object) -> None:
    setting.backend_class = Acting

    plans = setting.plan()

    assert {str(step) for plan in plans.values() for step in plan.steps} == {
        "what the plugin does while it is read, so a dry run does not read it"
    }


def test_roles_reach_a_backend_that_cares(setting: object) -> None:
    seen = []

    class Caring(BulkBackend):
        def reconcile_existing_user_roles(
            self, waldur_resource: object, existing_users: set, user_roles: dict, user_cuids: dict
        ) -> None:
            del waldur_resource, existing_users
            seen.append((dict(user_roles), dict(user_cuids)))

    setting.backend_class = Caring
    setting.join("ada", role=Role.PROJECT_ADMIN)

    setting.run()

    ((roles, cuids),) = seen
    assert roles["ada"] != roles["grace"]
    assert cuids == {name: name for name in TEAM}


def test_names_are_compared_in_the_backends_form(setting: object) -> None:
    class Folding(BulkBackend):
        def normalize_username(self, username: str) -> str:
            return username.lower()

    setting.backend_class = Folding
    setting.world.set_username(setting.person("grace"), setting.offering, "Grace")

    setting.run()

    assert setting.on("hpc_one") == TEAM
    assert setting.system.effects == []


def test_one_resource_by_name(setting: object) -> None:
    setting.resource("hpc_two", users=sorted(TEAM))
    setting.leave("grace")

    setting.run("hpc_two")

    assert setting.on("hpc_one") == TEAM
    assert setting.on("hpc_two") == {"ada", "barbara"}
    with pytest.raises(Exception, match="no resource 'hpc_tow'"):
        setting.run("hpc_tow")


class Elsewhere(BulkBackend):
    """Knows ada under a name that she had before, by her address."""

    address = "Ada@example.org"

    def pull_resources(
        self, resources: Sequence[object], include_usage: bool = True, strict: bool = False
    ) -> dict[str, object]:
        found = super().pull_resources(resources, include_usage, strict)
        for _, info in found.values():
            info.users = [BackendUser(name, email=self._address(name)) for name in info.users]
        return found

    def _address(self, name: str) -> str:
        return self.address if name == "lovelace" else f"{name}@example.org"


def test_a_member_under_another_name_is_known_by_the_address(setting: object) -> None:
    setting.backend_class = Elsewhere
    setting.system.accounts["hpc_one"].users = {"lovelace", "barbara", "grace"}

    setting.run()

    assert setting.on("hpc_one") == {"lovelace", "barbara", "grace"}

    setting.leave("ada")
    setting.run(force=True)

    assert setting.on("hpc_one") == {"barbara", "grace"}


def test_anothers_address_is_no_members(setting: object) -> None:
    setting.backend_class = type("Others", (Elsewhere,), {"address": "countess@example.org"})
    setting.system.accounts["hpc_one"].users = {"lovelace", "barbara", "grace"}

    setting.run(force=True)

    assert setting.on("hpc_one") == {"ada", "barbara", "grace"}


def test_an_address_that_is_not_exposed_tells_nobody(make: Callable[..., object]) -> None:
    setting = make()
    setting.offering.exposed_fields = ["username"]
    setting.backend_class = Elsewhere
    setting.system.accounts["hpc_one"].users = {"lovelace", "barbara", "grace"}

    setting.run(force=True)

    assert setting.on("hpc_one") == {"ada", "barbara", "grace"}
