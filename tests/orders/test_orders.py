"""Orders through the testkit's Mastermind and a backend in memory: what becomes of them."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.backend.backends import PendingOrderDecision
from waldur_site_agent.backend.exceptions import BackendError, BackendNotReadyError
from waldur_site_agent.orders.work import Ending
from waldur_site_agent.sites.stopping import StoppedError
from waldur_site_agent_testkit.backends.memory import MemoryAccount, MemoryBackend
from waldur_site_agent_testkit.mastermind.faults import BrokenJson, Hang, Status, TruncatedPage

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = {"cpu": 10, "mem": 20}
TROUBLES = [
    *itertools.product(
        ["GET marketplace-provider-resources", "team", "marketplace-offering-users"],
        [Status(502), Status(429, retry_after=9), BrokenJson(), Hang()],
    ),
    # A single object has no page, and a team is answered in one piece.
    ("marketplace-offering-users", TruncatedPage()),
]


def endings(report: object) -> list[str]:
    return [str(outcome.ending) for outcome in report.outcomes]


def test_a_create_becomes_an_account_with_limits_and_members(setting: object) -> None:
    order = setting.world.order_create(
        setting.project, setting.offering, "A", limits=LIMITS, slug="a"
    )
    report = setting.run()
    account = setting.system.accounts["hpc_a"]
    assert endings(report) == [Ending.DONE]
    assert not report.failed
    assert (order.state, order.resource.state) == ("done", "OK")
    assert order.resource.backend_id == "hpc_a"
    assert account.limits == {"cpu": 600, "mem": 40}
    assert account.users == setting.usernames()
    assert setting.world.violations == []


def test_a_second_pass_writes_nothing(setting: object) -> None:
    setting.world.order_create(setting.project, setting.offering, "A", limits=LIMITS)
    setting.run()
    before = len(setting.system.effects)
    setting.world.calls.clear()
    report = setting.run()
    assert report.outcomes == []
    assert len(setting.system.effects) == before
    assert {call.method for call in setting.world.calls} == {"GET"}


def test_members_are_added_in_one_call_before_the_order_is_done(setting: object) -> None:
    first = setting.world.order_create(setting.project, setting.offering, "A", limits=LIMITS)
    setting.run()
    second = setting.world.order_create(setting.project, setting.offering, "B", limits=LIMITS)
    seen = []
    setting.world.on_call(
        lambda call, phase: (
            phase == "before"
            and call.path.endswith("set_state_done/")
            and seen.append(set(setting.system.accounts[second.resource.backend_id].users))
        )
    )
    setting.run()
    assert first.state == second.state == "done"
    assert seen == [setting.usernames()]


def test_an_update_sets_the_new_limits(setting: object) -> None:
    order = setting.world.order_create(
        setting.project, setting.offering, "A", limits=LIMITS, slug="a"
    )
    setting.run()
    setting.world.order_update(order.resource, {"cpu": 99, "mem": 20})
    setting.run()
    assert setting.system.accounts["hpc_a"].limits == {"cpu": 99 * 60, "mem": 40}
    assert order.resource.limits == {"cpu": 99, "mem": 20}
    assert order.resource.state == "OK"


def test_a_terminate_removes_the_account(setting: object) -> None:
    order = setting.world.order_create(setting.project, setting.offering, "A", limits=LIMITS)
    setting.run()
    setting.world.order_terminate(order.resource)
    setting.run()
    assert setting.system.accounts == {}
    assert order.resource.state == "Terminated"


def test_terminating_what_is_gone_already_is_done(setting: object) -> None:
    order = setting.world.order_create(setting.project, setting.offering, "A", limits=LIMITS)
    setting.run()
    setting.system.accounts.clear()
    setting.world.order_terminate(order.resource)
    assert endings(setting.run()) == [Ending.DONE]


@pytest.mark.parametrize("soft", [False, True])
def test_a_restore_brings_limits_and_members_back_under_the_same_id(
    make: Callable[..., object], soft: bool
) -> None:
    setting = make(soft_delete=soft)
    order = setting.world.order_create(
        setting.project, setting.offering, "A", limits=LIMITS, slug="a"
    )
    setting.run()
    setting.world.order_terminate(order.resource)
    setting.run()
    assert ("hpc_a" in setting.system.accounts) is soft
    setting.world.order_restore(order.resource)
    setting.run()
    assert order.resource.state == "OK"
    assert setting.system.accounts["hpc_a"].limits == {"cpu": 600, "mem": 40}
    assert setting.system.accounts["hpc_a"].users == setting.usernames()


class TestNames:
    """Which id a resource gets, and what happens when it is taken."""

    def foreign(self, setting: object, *names: str) -> None:
        for name in names:
            setting.system.accounts[name] = MemoryAccount(name=name, organization="", owner="them")

    def test_a_name_that_is_taken_is_refused_and_nothing_is_touched(self, setting: object) -> None:
        self.foreign(setting, "hpc_a")
        order = setting.world.order_create(setting.project, setting.offering, "A", slug="a")
        report = setting.run()
        assert endings(report) == [Ending.ERRED]
        assert order.state == "erred"
        assert "hpc_a" in order.error_message
        assert order.resource.backend_id == ""
        assert setting.system.accounts["hpc_a"].owner == "them"
        setting.world.order_terminate(order.resource)
        setting.run()
        assert setting.system.accounts["hpc_a"].owner == "them"

    def test_named_after_the_project_the_next_free_name_is_taken(
        self, make: Callable[..., object]
    ) -> None:
        setting = make(plugin_options={"account_name_generation_policy": "project_slug"})
        self.foreign(setting, "hpc_climate")
        orders = [
            setting.world.order_create(setting.project, setting.offering, name, limits=LIMITS)
            for name in ("A", "B")
        ]
        setting.run()
        ids = [order.resource.backend_id for order in orders]
        assert ids == ["hpc_climate-0", "hpc_climate-1"]

    def test_tries_end(self, make: Callable[..., object]) -> None:
        setting = make(
            plugin_options={"account_name_generation_policy": "project_slug"},
            backend_id_max_retries=2,
        )
        self.foreign(setting, "hpc_climate", "hpc_climate-0")
        order = setting.world.order_create(setting.project, setting.offering, "A")
        setting.run()
        assert order.state == "erred"
        assert "hpc_climate-0" in order.error_message

    def test_a_name_that_waldur_knows_from_before_is_passed_over(
        self, make: Callable[..., object]
    ) -> None:
        setting = make(check_backend_id_uniqueness=True)
        old = setting.world.order_create(setting.project, setting.offering, "A", slug="a")
        setting.run()
        setting.world.order_terminate(old.resource)
        setting.run()
        new = setting.world.order_create(setting.project, setting.offering, "A", slug="a")
        setting.run()
        assert new.resource.backend_id == "hpc_a-0"

    def test_a_name_that_went_to_another_resource_is_not_restored_over_it(
        self, setting: object
    ) -> None:
        old = setting.world.order_create(setting.project, setting.offering, "A", slug="a")
        setting.run()
        setting.world.order_terminate(old.resource)
        setting.run()
        new = setting.world.order_create(
            setting.project, setting.offering, "B", slug="a", limits=LIMITS
        )
        setting.run()
        back = setting.world.order_restore(old.resource)
        setting.run()
        assert back.state == "erred"
        assert "another resource" in back.error_message
        assert new.resource.state == "OK"
        assert setting.system.accounts["hpc_a"].limits == {"cpu": 600, "mem": 40}

    def test_a_name_that_another_resource_has_reserved_is_not_given(self, setting: object) -> None:
        """Refused after its reservation, a resource keeps its name; ending it must end no other."""
        setting.system.refuses = {"create"}
        first = setting.world.order_create(setting.project, setting.offering, "A", slug="a")
        setting.run()
        setting.system.refuses = set()
        second = setting.world.order_create(setting.project, setting.offering, "B", slug="a")
        setting.run()
        assert first.resource.backend_id == "hpc_a"
        assert second.state == "erred"
        assert setting.system.accounts == {}

    def test_somebody_who_was_faster_keeps_the_account(self, setting: object) -> None:
        """The name was free when it was looked at, and is not when it is created."""
        order = setting.world.order_create(setting.project, setting.offering, "A", slug="a")

        def overtake(call: object, phase: str) -> None:
            if (
                phase == "after"
                and call.path.endswith("set_backend_id/")
                and call.body["backend_id"]
            ):
                self.foreign(setting, "hpc_a")

        setting.world.on_call(overtake)
        setting.run()
        assert order.state == "erred"
        assert order.resource.backend_id == ""
        assert setting.system.accounts["hpc_a"].owner == "them"
        assert setting.system.accounts["hpc_a"].limits == {}


class TestWaiting:
    """Orders that are not to be carried out yet."""

    def with_verdict(self, setting: object, verdict: PendingOrderDecision) -> None:
        class Deciding(MemoryBackend):
            def evaluate_pending_order(self, *_: object) -> object:
                return verdict

        setting.backend_class = Deciding

    def test_a_plugin_may_reject(self, setting: object) -> None:
        self.with_verdict(setting, PendingOrderDecision.REJECT)
        order = setting.world.order_create(setting.project, setting.offering, "A")
        assert endings(setting.run()) == [Ending.REJECTED]
        assert order.state == "rejected"
        assert setting.system.effects == []

    def test_a_plugin_may_wait(self, setting: object) -> None:
        self.with_verdict(setting, PendingOrderDecision.PENDING)
        order = setting.world.order_create(setting.project, setting.offering, "A")
        report = setting.run()
        assert endings(report) == [Ending.WAITING]
        assert not report.failed
        assert order.state == "pending-provider"

    def test_an_order_that_must_wait_for_its_day_after_approval_is_left_alone(
        self, setting: object
    ) -> None:
        order = setting.world.order_create(
            setting.project,
            setting.offering,
            "A",
            start_date=datetime.now(UTC).date() + timedelta(days=3),
        )
        assert endings(setting.run()) == [Ending.WAITING]
        assert order.state == "pending-start-date"
        assert setting.system.accounts == {}

    def test_a_failing_evaluation_errs_nothing(self, setting: object) -> None:
        class Failing(MemoryBackend):
            def evaluate_pending_order(self, *_: object) -> object:
                raise BackendError("no idea")

        setting.backend_class = Failing
        order = setting.world.order_create(setting.project, setting.offering, "A")
        assert endings(setting.run()) == [Ending.LEFT]
        assert order.state == "pending-provider"


class TestFailures:
    """Who failed decides what becomes of the order."""

    def test_the_backends_definite_no_errs_the_order_with_its_words(self, setting: object) -> None:
        setting.system.refuses = {"create"}
        order = setting.world.order_create(setting.project, setting.offering, "A", slug="a")
        report = setting.run()
        assert endings(report) == [Ending.ERRED]
        assert report.failed
        assert order.error_message == "the system refuses to create hpc_a"
        assert "Traceback" in order.error_traceback

    @pytest.mark.parametrize("expose", [True, False])
    def test_a_plugins_defect_shows_no_more_than_allowed(
        self, setting: object, expose: bool
    ) -> None:
        class Broken(MemoryBackend):
            def _pre_create_resource(self, *_: object) -> None:
                raise KeyError("flavor")

        setting.backend_class = Broken
        setting.expose_error_details = expose
        order = setting.world.order_create(setting.project, setting.offering, "A")
        setting.run()
        assert order.state == "erred"
        assert ("flavor" in order.error_message) is expose
        assert bool(order.error_traceback) is expose

    @pytest.mark.parametrize(
        "error",
        [BackendNotReadyError("later"), ConnectionRefusedError("no route"), TimeoutError()],
    )
    def test_what_may_be_better_tomorrow_leaves_the_order(
        self, setting: object, error: Exception
    ) -> None:
        class Troubled(MemoryBackend):
            def _pre_create_resource(self, *_: object) -> None:
                raise error

        setting.backend_class = Troubled
        order = setting.world.order_create(setting.project, setting.offering, "A", limits=LIMITS)
        assert endings(setting.run()) == [Ending.LEFT]
        assert order.state == "executing"
        setting.backend_class = MemoryBackend
        setting.run()
        assert order.state == "done"

    def test_an_error_while_the_backend_is_down_is_an_outage(self, setting: object) -> None:
        class Crashing(MemoryBackend):
            def _pre_create_resource(self, *_: object) -> None:
                self.system.is_up = False
                raise BackendError("something odd")

        setting.backend_class = Crashing
        order = setting.world.order_create(setting.project, setting.offering, "A")
        assert endings(setting.run()) == [Ending.LEFT]
        assert order.state == "executing"

    @pytest.mark.parametrize(("call", "fault"), TROUBLES)
    def test_waldurs_trouble_leaves_the_order_and_passes(
        self, setting: object, call: str, fault: object
    ) -> None:
        setting.world.order_create(setting.project, setting.offering, "before", limits=LIMITS)
        setting.run()
        order = setting.world.order_create(setting.project, setting.offering, "A", limits=LIMITS)
        asked = setting.world.faults.add(match=call, action=fault, times=None)
        setting.run()
        assert order.state == "pending-provider"
        assert order.resource.state == "Creating"
        asked.cancel()
        setting.run()
        assert order.state == "done"
        assert setting.system.accounts[order.resource.backend_id].users == setting.usernames()

    def test_one_order_that_fails_does_not_stop_the_others(self, setting: object) -> None:
        first = setting.world.order_create(setting.project, setting.offering, "A", slug="a")
        second = setting.world.order_create(setting.project, setting.offering, "B", slug="b")
        setting.system.accounts["hpc_a"] = MemoryAccount(name="hpc_a", organization="", owner="x")
        setting.run()
        assert (first.state, second.state) == ("erred", "done")

    def test_nobody_answering_ends_the_pass_early(self, setting: object) -> None:
        for name in "ABCDE":
            setting.world.order_create(setting.project, setting.offering, name)
        setting.system.is_up = False
        report = setting.run()
        assert len(report.outcomes) == 2
        assert report.given_up
        assert report.failed
        setting.system.is_up = True
        assert endings(setting.run()) == [Ending.DONE] * 5

    @pytest.mark.parametrize(
        "call", ["service_accounts", "course_accounts", "keys", "attribute-config"]
    )
    def test_a_side_listing_that_is_refused_holds_up_nothing(
        self, setting: object, call: str
    ) -> None:
        setting.world.faults.add(match=call, action=Status(403), times=None)
        order = setting.world.order_create(setting.project, setting.offering, "A", limits=LIMITS)
        setting.run()
        assert order.state == "done"
        assert setting.system.accounts[order.resource.backend_id].users == setting.usernames()

    def test_members_that_cannot_be_added_do_not_hold_up_the_order(self, setting: object) -> None:
        setting.world.order_create(setting.project, setting.offering, "A")
        setting.run()
        setting.system.refuses = {"add"}
        order = setting.world.order_create(setting.project, setting.offering, "B")
        setting.run()
        assert order.state == "done"


class TestPeople:
    """Who is on the account after a creation."""

    def test_the_restricted_stay_out(self, setting: object) -> None:
        ada = next(u for u in setting.world.state.users.values() if u.username == "ada")
        setting.world.restrict(setting.world.open_account(ada, setting.offering))
        order = setting.world.order_create(setting.project, setting.offering, "A")
        setting.run()
        users = setting.system.accounts[order.resource.backend_id].users
        assert users == setting.usernames() - {"ada"}

    def test_a_projects_accounts_come_along(self, setting: object) -> None:
        setting.world.add_service_account(setting.project, "svc-climate")
        order = setting.world.order_create(setting.project, setting.offering, "A")
        setting.run()
        users = setting.system.accounts[order.resource.backend_id].users
        assert users == {*setting.usernames(), "svc-climate"}

    def test_those_without_a_name_follow_when_they_have_one(
        self, make: Callable[..., object]
    ) -> None:
        setting = make(policy="service_provider")
        order = setting.world.order_create(setting.project, setting.offering, "A")
        report = setting.run()
        assert order.state == "done"
        assert report.late == frozenset()
        assert setting.system.accounts[order.resource.backend_id].users == set()


class TestAsynchronous:
    """Backends that answer with a remote order."""

    @pytest.fixture
    def remote(self, setting: object) -> set[str]:
        finished: set[str] = set()

        class Remote(MemoryBackend):
            supports_async_orders = True

            def create_resource_with_id(self, *args: object, **kwargs: object) -> object:
                info = super().create_resource_with_id(*args, **kwargs)
                info.pending_order_id = "remote-1"
                return info

            def delete_resource(self, resource: object, **kwargs: object) -> str | None:
                super().delete_resource(resource, **kwargs)
                return "remote-2"

            def check_pending_order(self, order_backend_id: str) -> bool:
                if order_backend_id == "remote-failed":
                    raise BackendError("the other side refused")
                return order_backend_id in finished

        setting.backend_class = Remote
        return finished

    def test_the_remote_order_is_kept_and_waited_for(
        self, setting: object, remote: set[str]
    ) -> None:
        order = setting.world.order_create(setting.project, setting.offering, "A", slug="a")
        assert endings(setting.run()) == [Ending.WAITING]
        assert (order.state, order.backend_id) == ("executing", "remote-1")
        assert order.resource.backend_id == "hpc_a"
        assert endings(setting.run()) == [Ending.WAITING]
        remote.add("remote-1")
        assert endings(setting.run()) == [Ending.DONE]
        assert order.resource.state == "OK"
        assert setting.system.accounts["hpc_a"].users == setting.usernames()
        end = setting.world.order_terminate(order.resource)
        assert endings(setting.run()) == [Ending.WAITING]
        remote.add("remote-2")
        setting.run()
        assert end.state == "done"

    @pytest.mark.usefixtures("remote")
    def test_a_remote_refusal_errs_the_order(self, setting: object) -> None:
        order = setting.world.order_create(setting.project, setting.offering, "A")
        setting.run()
        order.backend_id = "remote-failed"
        setting.run()
        assert order.state == "erred"

    def test_others_ignore_what_outsiders_write_there(self, setting: object) -> None:
        order = setting.world.order_create(setting.project, setting.offering, "A", slug="a")
        order.backend_id = "ticket-77"
        setting.run()
        assert order.state == "done"
        assert "hpc_a" in setting.system.accounts


def test_the_step_in_hand_is_finished_and_the_next_not_begun(setting: object) -> None:
    order = setting.world.order_create(setting.project, setting.offering, "A", slug="a")
    steps = iter(range(100))

    def stop_at_third() -> None:
        if next(steps) == 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        setting.run(check_stop=stop_at_third)
    assert order.resource.backend_id == "hpc_a"
    assert setting.system.accounts == {}
    setting.run()
    assert order.state == "done"
