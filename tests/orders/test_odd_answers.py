"""What Waldur may tell, or fail to tell: no order is lost by it, and no account."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.orders.late_members import add_late_members
from waldur_site_agent.orders.order_pass import list_orders, process_orders
from waldur_site_agent.orders.work import Ending
from waldur_site_agent_testkit.backends.memory import MemoryBackend
from waldur_site_agent_testkit.mastermind.faults import DropConnection, Status

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = {"cpu": 10, "mem": 20}
LIVE = {"check_stop": lambda: None, "beat": lambda: None}


def endings(report: object) -> list[str]:
    return [str(outcome.ending) for outcome in report.outcomes]


def create(setting: object, name: str = "A", **how: object) -> object:
    return setting.world.order_create(
        setting.project, setting.offering, name, **{"limits": LIMITS, "slug": name.lower(), **how}
    )


class TestConflicts:
    """An order that moved while it was looked at."""

    def test_approved_by_somebody_else_meanwhile(self, setting: object) -> None:
        order = create(setting)
        setting.world.faults.add(match="approve_by_provider", action=Status(502, before=False))
        assert endings(setting.run()) == [Ending.DONE]
        assert order.state == "done"

    @pytest.mark.parametrize("move", ["cancel", "reject_by_provider"])
    def test_ended_by_somebody_else_before_the_approval(self, setting: object, move: str) -> None:
        order = create(setting)

        def overtake(call: object, phase: str) -> None:
            if phase == "before" and "approve_by_provider" in call.path:
                setting.world.move_order(order, move)

        setting.world.on_call(overtake)
        assert endings(setting.run()) == [Ending.WAITING]
        assert setting.system.accounts == {}

    def test_completed_by_somebody_else_meanwhile(self, setting: object) -> None:
        order = create(setting)
        setting.world.faults.add(match="set_state_done", action=Status(502, before=False))
        assert endings(setting.run()) == [Ending.DONE]
        assert order.state == "done"

    def test_erred_by_somebody_else_before_it_was_completed(self, setting: object) -> None:
        order = create(setting)

        def overtake(call: object, phase: str) -> None:
            if phase == "before" and "set_state_done" in call.path:
                setting.world.move_order(order, "set_state_erred")

        setting.world.on_call(overtake)
        assert endings(setting.run()) == [Ending.LEFT]
        assert order.state == "erred"

    @pytest.mark.parametrize("status", [400, 403, 409, 502])
    def test_a_refusal_that_cannot_be_told_is_told_in_the_next_pass(
        self, setting: object, status: int
    ) -> None:
        setting.system.refuses = {"create"}
        order = create(setting)
        fault = setting.world.faults.add(match="set_state_erred", action=Status(status), times=None)
        assert endings(setting.run()) == [Ending.LEFT]
        assert order.state == "executing"
        fault.cancel()
        assert endings(setting.run()) == [Ending.ERRED]
        assert order.state == "erred"


class TestAnswers:
    """Bodies that are empty, odd or lie."""

    def test_an_approval_answered_with_nothing_is_one(self, setting: object) -> None:
        """Servers of 2024 answer 200 without a body."""
        order = create(setting)
        setting.world.faults.add(match="approve_by_provider", action=Status(200, before=False))
        setting.run()
        assert order.state == "done"

    def test_an_unknown_type_is_neither_approved_nor_tried(self, setting: object) -> None:
        order = create(setting)
        order.type = "Migrate"
        other = create(setting, "B")
        report = setting.run()
        assert endings(report) == [Ending.WAITING, Ending.DONE]
        assert (order.state, other.state) == ("pending-provider", "done")

    def test_an_order_whose_resource_is_gone_stays_and_stops_no_other(
        self, setting: object
    ) -> None:
        lost, other = create(setting), create(setting, "B")
        del setting.world.state.resources[lost.resource.uuid]
        assert endings(setting.run()) == [Ending.LEFT, Ending.DONE]
        assert (lost.state, other.state) == ("pending-provider", "done")

    def test_an_order_that_is_listed_twice_is_done_once(self, setting: object) -> None:
        order = create(setting)
        listed = list_orders(setting.waldur, str(setting.offering.uuid))
        report = process_orders(setting.site(), listed * 2, **LIVE)
        assert order.state == "done"
        assert [effect for effect in setting.system.effects if "create" in effect] == [
            "create hpc_a"
        ]
        assert endings(report)[0] == Ending.DONE

    def test_limits_written_as_text_are_numbers_to_the_backend(self, setting: object) -> None:
        order = create(setting, limits={"cpu": "10", "mem": "2.00"})
        setting.run()
        assert setting.system.accounts["hpc_a"].limits == {"cpu": 600, "mem": 4}
        change = setting.world.order_update(order.resource, {"cpu": "7", "mem": "2"})
        setting.run()
        assert change.state == "done"
        assert setting.system.accounts["hpc_a"].limits == {"cpu": 420, "mem": 4}

    def test_limits_that_are_no_numbers_leave_the_order(self, setting: object) -> None:
        order, other = create(setting, limits={"cpu": "plenty"}), create(setting, "B")
        report = setting.run()
        assert endings(report) == [Ending.LEFT, Ending.DONE]
        assert "the limit of cpu is 'plenty'" in report.outcomes[0].message
        assert (order.state, other.state) == ("pending-provider", "done")

    def test_a_blank_id_is_none(self, setting: object) -> None:
        order = create(setting)
        setting.world.set_backend_id(order.resource, "   ")
        setting.run()
        assert order.resource.backend_id == "hpc_a"

    def test_an_id_is_the_same_with_blanks_around_it(self, setting: object) -> None:
        order = create(setting)
        setting.run()
        setting.world.set_backend_id(order.resource, " hpc_a ")
        setting.world.order_terminate(order.resource)
        setting.run()
        assert setting.system.accounts == {}

    def test_a_termination_without_a_name_touches_nothing(self, setting: object) -> None:
        create(setting, "B")
        order = create(setting)
        setting.run()
        setting.world.set_backend_id(order.resource, "")
        end = setting.world.order_terminate(order.resource)
        setting.run()
        assert end.state == "done"
        assert set(setting.system.accounts) == {"hpc_a", "hpc_b"}

    def test_an_account_of_two_resources_is_not_deleted_with_one(self, setting: object) -> None:
        """The 1.x agent took "already exists" for success, so there are such pairs."""
        first, second = create(setting), create(setting, "B")
        setting.run()
        setting.world.set_backend_id(second.resource, "hpc_a")
        end = setting.world.order_terminate(second.resource)
        setting.run()
        assert end.state == "erred"
        assert "'hpc_a' is another resource's as well" in end.error_message
        assert setting.system.accounts["hpc_a"].users == setting.usernames()
        assert first.resource.state == "OK"

    def test_an_executing_order_found_at_the_start_is_carried_on(self, setting: object) -> None:
        order = create(setting)
        setting.world.move_order(order, "approve_by_provider")
        setting.run()
        assert order.state == "done"
        assert set(setting.system.accounts) == {"hpc_a"}

    def test_an_update_of_what_was_never_created_is_refused(self, setting: object) -> None:
        order = create(setting)
        setting.run()
        setting.world.set_backend_id(order.resource, "")
        change = setting.world.order_update(order.resource, {"cpu": 1, "mem": 1})
        setting.run()
        assert change.state == "erred"
        assert change.error_message == "The resource has no id on the backend."


class TestPoison:
    """Orders that fail by themselves."""

    def test_they_do_not_keep_the_others_waiting(self, setting: object) -> None:
        poisoned = [create(setting, name) for name in "ABC"]
        sound = [create(setting, name) for name in "DE"]
        for order in poisoned:
            match = f"/api/marketplace-provider-resources/{UUID(order.resource.uuid).hex}/"
            setting.world.faults.add(match=match, action=Status(500), times=None)
        report = setting.run()
        assert not report.given_up
        assert report.failed
        assert {order.state for order in poisoned} == {"pending-provider"}
        assert {order.state for order in sound} == {"done"}

    def test_nor_does_a_plugin_that_cannot_read_some_of_them(self, setting: object) -> None:
        class Choosy(MemoryBackend):
            def pull_resource(self, resource: object) -> object:
                if resource.name in "ABC":
                    raise KeyError(resource.name)
                return super().pull_resource(resource)

        setting.backend_class = Choosy
        orders = [create(setting, name) for name in "ABCD"]
        setting.run()
        assert [order.state for order in orders] == [*["pending-provider"] * 3, "done"]

    def test_a_silent_waldur_ends_the_pass(self, setting: object) -> None:
        for name in "ABCD":
            create(setting, name)
        for call in ("team", "users/me"):
            setting.world.faults.add(match=call, action=DropConnection(), times=None)
        report = setting.run()
        assert report.given_up
        assert len(report.outcomes) == 2


class TestLateMembers:
    """Members whose names come with the completion of the order."""

    def test_an_answer_that_was_lost_then_loses_none_of_them(self, setting: object) -> None:
        """No name exists before the first resource is OK, and nobody hears that it is."""
        setting.world.faults.add(
            match="set_state_done", action=DropConnection(before=False), times=2
        )
        order = create(setting)
        assert endings(setting.run()) == [Ending.LEFT]
        assert order.state == "done"
        setting.run()
        assert setting.system.accounts["hpc_a"].users == setting.usernames()

    def test_a_defect_of_the_plugin_stops_neither_the_pass_nor_the_others(
        self, setting: object
    ) -> None:
        orders = [create(setting, name) for name in "AB"]
        setting.run()
        for account in setting.system.accounts.values():
            account.users.clear()

        class Choosy(MemoryBackend):
            def add_users_to_resource(self, resource: object, *args: object, **kw: object) -> set:
                if resource.name == "A":
                    raise KeyError("A")
                return super().add_users_to_resource(resource, *args, **kw)

        setting.backend_class = Choosy
        uuids = [UUID(order.resource.uuid) for order in orders]
        assert add_late_members(setting.site(), uuids, **LIVE) == set()
        assert setting.system.accounts["hpc_b"].users == setting.usernames()

    def test_a_resource_that_is_gone_is_not_looked_for_again(self, setting: object) -> None:
        assert add_late_members(setting.site(), [UUID(int=7)], **LIVE) == set()

    def test_what_cannot_be_asked_is_looked_at_again(self, setting: object) -> None:
        order = create(setting)
        setting.run()
        uuid = UUID(order.resource.uuid)
        setting.system.is_up = False
        assert add_late_members(setting.site(), [uuid], **LIVE) == {uuid}

    def test_nobody_is_put_on_what_was_retired(self, make: Callable[..., object]) -> None:
        setting = make(soft_delete=True)
        order = create(setting)
        setting.run()
        setting.world.order_terminate(order.resource)
        setting.run()
        setting.system.accounts["hpc_a"].users.clear()
        add_late_members(setting.site(), [UUID(order.resource.uuid)], **LIVE)
        assert setting.system.accounts["hpc_a"].users == set()

    def test_the_process_shows_that_it_lives_while_it_looks(self, setting: object) -> None:
        orders = [create(setting, name) for name in "ABC"]
        setting.run()
        beats: list[int] = []
        uuids = [UUID(order.resource.uuid) for order in orders]
        add_late_members(
            setting.site(), uuids, check_stop=lambda: None, beat=lambda: beats.append(1)
        )
        assert len(beats) == 3


class TestStart:
    """A process that starts anew looks at what the one before may have forgotten."""

    def looked_at(self, setting: object) -> list[str]:
        """The resources whose teams a new process asks for."""
        setting.world.calls.clear()
        setting._late = None
        setting.run()
        paths = [call.path.split("/") for call in setting.world.calls]
        return [path[3] for path in paths if "team" in path]

    def test_it_looks_at_what_was_created_lately(self, setting: object) -> None:
        order = create(setting)
        setting.run()
        assert self.looked_at(setting) == [order.resource.uuid]

    def test_it_does_not_look_at_everything_that_changed_since(self, setting: object) -> None:
        """Membership sync touches every resource every hour."""
        order = create(setting)
        setting.run()
        order.modified -= timedelta(days=2)
        setting.world.pause(order.resource)
        assert self.looked_at(setting) == []

    def test_it_does_not_look_at_what_was_only_changed_by_an_order(self, setting: object) -> None:
        order = create(setting)
        setting.run()
        order.modified -= timedelta(days=2)
        setting.world.order_update(order.resource, {"cpu": 1, "mem": 1})
        setting.run()
        assert self.looked_at(setting) == []


def test_a_plugin_that_takes_an_outage_for_an_end_is_not_believed(setting: object) -> None:
    class Hasty(MemoryBackend):
        """Catches all its errors, as plugins of the 1.x agent do."""

        def delete_resource(self, waldur_resource: object, **_: object) -> None:
            with suppress(BackendError):
                super().delete_resource(waldur_resource)

    setting.backend_class = Hasty
    created = create(setting)
    setting.run()
    order = setting.world.order_terminate(created.resource)

    setting.system.is_up = False
    assert endings(setting.run()) == [Ending.LEFT]
    assert order.state == "executing"

    setting.system.is_up = True
    assert endings(setting.run()) == [Ending.DONE]
    assert setting.system.accounts == {}
