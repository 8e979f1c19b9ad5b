"""States, limits, metadata and marks: written where they differ, and only there."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import structlog

from waldur_site_agent.backend.structures import ResourceStatus
from waldur_site_agent_testkit.backends.bulk import BulkBackend
from waldur_site_agent_testkit.backends.memory import MemoryBackend
from waldur_site_agent_testkit.mastermind.faults import Status

if TYPE_CHECKING:
    from collections.abc import Callable

MARK = "Membership sync: "


def only_resource(setting: object) -> object:
    (resource,) = setting.world.state.resources.values()
    return resource


@pytest.mark.parametrize("backend", [BulkBackend, MemoryBackend])
def test_flags_are_carried_out_and_taken_back(setting: object, backend: type) -> None:
    setting.backend_class = backend
    resource, account = only_resource(setting), setting.system.accounts["hpc_one"]

    setting.world.downscale(resource)
    setting.run()
    assert account.status is ResourceStatus.DOWNSCALED
    assert resource.backend_metadata["status"] == "downscaled"

    setting.world.pause(resource)
    setting.run()
    assert account.status is ResourceStatus.PAUSED, "paused wins"

    setting.world.downscale(resource, downscaled=False)
    setting.world.pause(resource, paused=False)
    setting.run()
    assert account.status is ResourceStatus.NORMAL
    assert resource.backend_metadata["status"] == "normal"


class OneState(BulkBackend):
    """A backend that knows one state, and hooks that would say that all is well."""

    unsupported_states = frozenset({ResourceStatus.PAUSED, ResourceStatus.DOWNSCALED})


@pytest.mark.parametrize("flag", ["pause", "downscale"])
def test_a_state_that_the_backend_does_not_know_is_told_and_nothing_is_done(
    setting: object, flag: str
) -> None:
    setting.backend_class = OneState
    resource = only_resource(setting)
    getattr(setting.world, flag)(resource)

    plans = setting.plan()
    structlog.reset_defaults()  # what is logged is what is looked at
    with structlog.testing.capture_logs() as told:
        report = setting.run()

    assert any(f"cannot {flag} it" in str(step) for plan in plans.values() for step in plan.steps)
    assert not report.failed
    assert [line["resource"] for line in told if line["event"] == "state.unsupported"] == [
        resource.backend_id
    ]
    assert setting.system.accounts["hpc_one"].status is ResourceStatus.NORMAL
    assert resource.state == "OK"


class Declining(MemoryBackend):
    """Hooks that say that they did nothing, as some plugins of the 1.x agent do."""

    def pause_resource(self, resource_backend_id: str) -> bool:  # noqa: ARG002 - the contract's
        return False

    downscale_resource = restore_resource = pause_resource


@pytest.mark.parametrize(
    ("flag", "told"), [("pause", 1), ("downscale", 1), ("restrict_members", 0)]
)
def test_a_state_that_a_hook_says_is_not_reached_is_told(
    setting: object, flag: str, told: int
) -> None:
    setting.backend_class = Declining
    resource = only_resource(setting)
    getattr(setting.world, flag)(resource)

    structlog.reset_defaults()  # what is logged is what is looked at
    with structlog.testing.capture_logs() as lines:
        report = setting.run()

    assert not report.failed
    assert [line["event"] for line in lines].count("state.not_reached") == told


def test_limits_follow_the_backend_by_default(setting: object) -> None:
    setting.system.accounts["hpc_one"].limits = {"cpu": 1200, "mem": 10}

    setting.run()

    assert only_resource(setting).limits == {"cpu": 20, "mem": 5}


def test_limits_follow_waldur_where_it_owns_them(make: Callable[..., object]) -> None:
    setting = make(limits_owner="waldur")
    setting.system.accounts["hpc_one"].limits = {"cpu": 1200, "mem": 10}

    setting.run()

    assert setting.system.accounts["hpc_one"].limits == {"cpu": 600, "mem": 10}
    assert only_resource(setting).limits == {"cpu": 10, "mem": 5}
    setting.system.effects.clear()
    setting.run()
    assert setting.system.effects == []


def test_limits_that_a_policy_sets_by_period_are_never_told_as_ordered(
    make: Callable[..., object],
) -> None:
    setting = make(settings={"periodic_limits": {"enabled": True}})
    account = setting.system.accounts["hpc_one"]
    for _ in range(4):
        account.limits = {name: int(v * 1.3) for name, v in account.limits.items()}
        setting.run()

    assert only_resource(setting).limits == {"cpu": 10, "mem": 5}


@pytest.mark.parametrize("lacks", [(), ("component-user-usage-limits",)])
def test_limits_of_single_users(make: Callable[..., object], lacks: tuple[str, ...]) -> None:
    setting = make(lacks=lacks)
    resource, account = only_resource(setting), setting.system.accounts["hpc_one"]
    setting.world.limit_user(setting.account_of("ada"), resource, "cpu", 7)
    account.user_limits["grace"] = {"cpu": 3}

    assert not setting.run().failed

    expected = {"grace": {"cpu": 3}} if lacks else {"ada": {"cpu": 7}}
    assert account.user_limits == expected, "unknown is not empty: nothing is cleared on it"
    setting.system.effects.clear()
    setting.run()
    assert setting.system.effects == []


def test_a_refusal_of_a_users_limits_is_no_fault_of_the_resource(setting: object) -> None:
    setting.world.limit_user(setting.account_of("ada"), only_resource(setting), "cpu", 7)
    setting.system.refuses = {"limit_user"}

    assert setting.run().failed

    assert only_resource(setting).state == "OK"


def test_last_sync_is_told_when_something_changed_or_grew_old(setting: object) -> None:
    resource = only_resource(setting)
    setting.run()
    first = resource.last_sync
    assert first is not None
    setting.run()
    assert resource.last_sync == first

    resource.last_sync -= timedelta(minutes=61)
    setting.run()
    assert resource.last_sync >= first

    resource.last_sync = first
    setting.join("mary")
    setting.run()
    assert resource.last_sync >= first


def test_the_backends_no_errs_a_resource_once_and_health_takes_it_back(setting: object) -> None:
    resource = only_resource(setting)
    setting.world.pause(resource)
    setting.system.refuses = {"pause"}

    assert setting.run().failed

    assert resource.state == "Erred"
    assert resource.error_message == f"{MARK}the system refuses to pause hpc_one"
    setting.world.calls.clear()
    setting.run()
    assert setting.asked("set_as_erred") == 0, "it stands there already"

    setting.system.refuses = set()
    assert not setting.run().failed
    assert resource.state == "OK"


def test_an_error_of_somebody_else_stands(setting: object) -> None:
    resource = only_resource(setting)
    setting.world.fail_resource(resource, "the disk is full")
    setting.join("mary")

    assert not setting.run().failed

    assert "mary" in setting.on("hpc_one"), "an erred resource is looked after"
    assert (resource.state, resource.error_message) == ("Erred", "the disk is full")


@pytest.mark.parametrize("call", ["refresh_last_sync", "set_backend_metadata", "set_limits"])
@pytest.mark.parametrize("status", [502, 403])
def test_a_hiccup_of_waldur_errs_nothing(setting: object, call: str, status: int) -> None:
    setting.system.accounts["hpc_one"].limits = {"cpu": 1200, "mem": 10}
    setting.world.pause(only_resource(setting))
    setting.join("mary")
    trouble = setting.world.faults.add(match=call, action=Status(status), times=None)

    setting.run()

    assert only_resource(setting).state == "OK"
    assert "mary" in setting.on("hpc_one")
    trouble.cancel()
    assert not setting.run().failed


def test_a_backend_that_is_down_changes_nothing_in_waldur(setting: object) -> None:
    setting.join("mary")
    setting.world.calls.clear()
    setting.system.is_up = False

    with pytest.raises(Exception, match="does not answer"):
        setting.run()

    assert [path for path in setting.writes() if "site-agent" not in path] == []


def test_a_backend_that_goes_down_in_the_middle_ends_the_pass(setting: object) -> None:
    setting.backend_class = MemoryBackend
    setting.join("mary")
    setting.system.on_effect = lambda _phase, _name: setattr(setting.system, "is_up", False)

    report = setting.run()

    assert report.given_up
    assert only_resource(setting).state == "OK"
    setting.system.is_up, setting.system.on_effect = True, lambda _phase, _name: None
    assert not setting.run().failed


def test_one_resource_that_cannot_be_read_does_not_stop_the_others(setting: object) -> None:
    setting.backend_class = MemoryBackend
    setting.resource("hpc_two")
    setting.system.trouble("get hpc_one", RuntimeError("a defect"), times=None)
    setting.leave("grace")

    report = setting.run()

    assert setting.on("hpc_one") == {"ada", "barbara", "grace"}
    assert setting.on("hpc_two") == {"ada", "barbara"}
    assert report.counts["unknown"] == 1
    assert {r.state for r in setting.world.state.resources.values()} == {"OK"}


def test_what_the_backend_lost_is_told_and_made_again_by_force(setting: object) -> None:
    resource = only_resource(setting)
    del setting.system.accounts["hpc_one"]

    report = setting.run()
    assert report.counts["missing"] == 1
    assert report.failed
    assert resource.state == "OK"
    assert "hpc_one" not in setting.system.accounts

    assert not setting.run(force=True).failed
    assert setting.on("hpc_one") == {"ada", "barbara", "grace"}
    assert setting.system.accounts["hpc_one"].limits == {"cpu": 600, "mem": 10}


def test_making_it_again_may_be_refused(setting: object) -> None:
    del setting.system.accounts["hpc_one"]
    setting.system.refuses = {"create"}

    assert setting.run(force=True).failed

    assert only_resource(setting).error_message.startswith(MARK)


def test_a_plugin_that_makes_nothing_again_is_told_as_such(setting: object) -> None:
    class KeysOnly(BulkBackend):
        def recreate_missing_resource(self, _waldur_resource: object) -> bool:
            return False

    setting.backend_class = KeysOnly
    del setting.system.accounts["hpc_one"]

    structlog.reset_defaults()  # what is logged is what is looked at
    with structlog.testing.capture_logs() as told:
        assert setting.run(force=True).failed

    (missing,) = (line for line in told if line["event"] == "resource.missing")
    assert "did not make it again" in missing["remedy"]
    assert "--force" not in missing["remedy"]


def ending(setting: object) -> Callable[[object, str], None]:
    """Have the account and its resource end, as another process does, after the first listing."""
    (resource,) = setting.world.state.resources.values()

    def end(call: object, phase: str) -> None:
        listing = call.path.endswith("marketplace-provider-resources/")
        if listing and phase == "after" and resource.state == "OK":
            order = setting.world.order_terminate(resource)
            setting.world.move_order(order, "approve_by_provider")
            setting.system.accounts.pop("hpc_one")

    return end


@pytest.mark.parametrize("force", [False, True])
def test_what_an_order_ends_meanwhile_is_not_missed(setting: object, force: bool) -> None:
    setting.world.on_call(ending(setting))

    report = setting.run(force=force)

    assert not report.failed
    assert "hpc_one" not in setting.system.accounts, "and not made again"
    assert only_resource(setting).state == "Terminating"


def test_what_an_order_ends_while_members_are_changed_is_not_erred(setting: object) -> None:
    setting.backend_class = MemoryBackend
    resource = only_resource(setting)
    setting.join("mary")

    def end(name: str) -> None:
        if name.startswith("before add"):
            order = setting.world.order_terminate(resource)
            setting.world.move_order(order, "approve_by_provider")
            setting.system.accounts.pop("hpc_one")

    setting.system.on_effect = lambda phase, name: end(f"{phase} {name}")

    setting.run()

    assert resource.state == "Terminating"


def test_two_resources_with_one_account_are_left_alone(setting: object) -> None:
    other = setting.world.add_project(setting.project.customer, "Ocean")
    setting.join("mary", project=other)
    setting.world.add_resource(other, setting.offering, "twin", backend_id="hpc_one")

    report = setting.run()

    assert report.counts["unknown"] == 2
    assert setting.on("hpc_one") == {"ada", "barbara", "grace"}


def test_a_dry_run_tells_all_and_changes_nothing(setting: object) -> None:
    setting.join("mary")
    setting.leave("grace")
    setting.world.pause(only_resource(setting))
    setting.world.limit_user(setting.account_of("ada"), only_resource(setting), "cpu", 7)
    setting.world.calls.clear()

    plan = setting.plan()["hpc_one"]

    assert set(plan.members.add) == {"mary"}
    assert [(r.name, r.reason) for r in plan.members.remove] == [("grace", "not on the team")]
    assert any(step.startswith("pause it") for step in plan.steps)
    assert "set the limits of 1 members" in plan.steps
    assert setting.writes() == []
    assert setting.system.effects == []
    setting.run()
    assert setting.plan()["hpc_one"].is_empty


class Following(BulkBackend):
    """A backend that wants to see the projects of its resources."""

    requires_source_project = True
    seen: list[tuple[str, object]]

    def sync_resource_project(self, resource: object, source_project: object = None) -> None:
        end = getattr(source_project, "end_date", "not read")
        self.seen.append((resource.backend_id, end))


@pytest.fixture
def following(setting: object) -> list[tuple[str, object]]:
    """Two more resources in projects of their own, that the backend will see."""
    provider = setting.project.customer
    for number in (2, 3):
        project = setting.world.add_project(provider, f"P{number}", end_date=date(2030, 1, number))
        setting.resource(f"hpc_{number}", project=project)
    seen: list[tuple[str, object]] = []
    setting.backend_class = type("Seeing", (Following,), {"seen": seen})
    setting.world.calls.clear()
    return seen


ENDS = [("hpc_2", date(2030, 1, 2)), ("hpc_3", date(2030, 1, 3)), ("hpc_one", None)]


def test_the_projects_of_all_resources_are_one_listing(
    setting: object, following: list[tuple[str, object]]
) -> None:
    setting.run()
    assert sorted(following) == ENDS
    assert setting.asked("/projects/") == 1


def test_a_project_that_the_listing_does_not_have_is_asked_for_alone(
    setting: object, following: list[tuple[str, object]]
) -> None:
    """A listing that failed is not asked for again, and takes no resource with it."""
    setting.world.faults.add(match="GET */projects/", action=Status(403))
    setting.run()
    assert len(following) == len(ENDS)
    assert [end for _, end in following].count("not read") == 1
    assert setting.asked("/projects/") == len(ENDS)
