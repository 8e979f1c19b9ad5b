"""Orders of all types, from A to B and back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.mastermind.faults import DropConnection, Hang, Status

if TYPE_CHECKING:
    from collections.abc import Callable


def living(stage: object) -> list[object]:
    return [one for one in stage.b.state.resources.values() if one.state != "Terminated"]


def test_a_create_is_ordered_followed_and_done(stage: object) -> None:
    order = stage.order(attributes={"storage": "fast"})
    stage.orders()
    (target,) = stage.federation.waiting()
    assert order.state == "executing"
    assert order.backend_id.replace("-", "") == str(target.uuid).replace("-", "")
    assert target.limits == {"gpu_hours": 500, "storage_gb_hours": 1000}
    assert target.resource.name == "Simulations"
    assert "storage" not in target.attributes
    stage.orders()
    assert stage.federation.waiting() == [target]
    stage.federation.carry_out_all()
    stage.orders()
    assert (order.state, order.resource.state) == ("done", "OK")
    assert order.resource.effective_id == target.resource.backend_id
    project = target.resource.project
    mark = f"{stage.federation.a.customer.uuid}_{stage.federation.project.uuid}"
    assert project.backend_id.replace("-", "") == mark.replace("-", "")
    assert (project.name, project.description) == ("Ice cores", "What the ice remembers")
    assert stage.a.violations == stage.b.violations == []


def test_two_resources_of_a_project_share_one_on_b(stage: object) -> None:
    first, second = stage.resource("One"), stage.resource("Two")
    assert stage.target_of(first).project is stage.target_of(second).project
    assert len(stage.b.state.projects) == 1


def test_end_dates_and_chosen_attributes_go_along(make: Callable[..., object]) -> None:
    stage = make(settings={"passthrough_attributes": ["storage", "absent"]})
    order = stage.order(attributes={"storage": "fast", "other": "x"})
    stage.a.set_end_date(order.resource, date(2026, 12, 31))
    stage.orders()
    (target,) = stage.federation.waiting()
    given = {k: v for k, v in target.attributes.items() if not k.startswith("source_")}
    assert given == {"name": "Simulations", "storage": "fast", "end_date": "2026-12-31"}  # F13, F14


def test_an_update_is_ordered_unless_b_has_it(stage: object) -> None:
    resource = stage.resource()
    order = stage.a.order_update(resource, {"node_hours": 200})
    stage.orders()
    (target,) = stage.federation.waiting()
    assert target.limits == {"gpu_hours": 1000, "storage_gb_hours": 2000}
    assert order.state == "executing"
    stage.settle()
    assert (order.state, resource.limits) == ("done", {"node_hours": 200})
    assert stage.target_of(resource).limits == {"gpu_hours": 1000, "storage_gb_hours": 2000}

    stage.target_of(resource).limits = {"gpu_hours": 50, "storage_gb_hours": 100}
    order = stage.a.order_update(resource, {"node_hours": 10})
    stage.orders()
    assert (order.state, stage.federation.waiting()) == ("done", [])  # F9


def test_a_change_of_what_is_erred_on_b_is_refused(stage: object) -> None:
    resource = stage.resource()
    stage.b.fail_resource(stage.target_of(resource), "a disk is broken")
    order = stage.a.order_update(resource, {"node_hours": 200})
    stage.orders()
    assert order.state == "erred"
    assert "has to mend it" in order.error_message


def test_a_termination_is_done_when_b_says_so(stage: object) -> None:
    resource = stage.resource()
    target = stage.target_of(resource)
    order = stage.a.order_terminate(resource)
    stage.orders()
    stage.orders()
    assert order.state == "executing"
    assert len(stage.federation.waiting()) == 1
    stage.settle()
    assert (order.state, resource.state, target.state) == ("done", "Terminated", "Terminated")


def test_what_b_has_terminated_already_is_gone(stage: object) -> None:
    resource = stage.resource()
    stage.b.order_terminate(stage.target_of(resource))
    stage.federation.carry_out_all()
    order = stage.a.order_terminate(resource)
    stage.orders()
    assert order.state == "done"
    assert stage.federation.waiting() == []


def test_a_change_of_what_b_has_ended_is_refused(stage: object) -> None:
    resource = stage.resource()
    stage.b.order_terminate(stage.target_of(resource))
    stage.federation.carry_out_all()
    order = stage.a.order_update(resource, {"node_hours": 7})
    stage.orders()
    assert order.state == "erred"
    assert "that lives" in order.error_message


def test_a_restored_resource_is_ordered_anew(stage: object) -> None:
    resource = stage.resource()
    before = resource.backend_id
    stage.a.order_terminate(resource)
    stage.settle()
    order = stage.a.order_restore(resource)
    stage.settle()
    assert (order.state, resource.state) == ("done", "OK")
    assert resource.backend_id != before
    assert [one.state for one in living(stage)] == ["OK"]


@pytest.mark.parametrize(
    "fault",
    [Status(503), DropConnection(before=True), Hang(before=True), Status(401), Status(429)],
)
@pytest.mark.parametrize("call", ["marketplace-resources", "users/me", "marketplace-orders", ""])
def test_a_b_that_cannot_be_asked_ends_nothing(stage: object, fault: object, call: str) -> None:
    resource = stage.resource()
    order = stage.a.order_terminate(resource)
    broken = stage.b.faults.add(match=call, action=fault, times=None)
    stage.orders()
    assert order.state in ("pending-provider", "executing")
    assert stage.target_of(resource).state == "OK"
    broken.cancel()
    stage.settle()
    assert order.state == "done"


def test_a_token_that_lost_its_role_shows_nothing_and_ends_nothing(stage: object) -> None:
    resource = stage.resource()
    order = stage.a.order_terminate(resource)
    b = stage.federation.b
    stage.b.revoke(b.user, b.customer)
    stage.orders()
    assert order.state in ("pending-provider", "executing")
    assert stage.target_of(resource).state == "OK"


@pytest.mark.parametrize(
    ("operation", "state"),
    [("set_state_erred", "erred"), ("reject_by_provider", "rejected"), ("cancel", "canceled")],
)
def test_what_becomes_of_bs_order_becomes_of_as(stage: object, operation: str, state: str) -> None:
    order = stage.order()
    stage.orders()
    (target,) = stage.federation.waiting()
    stage.b.move_order(target, operation)
    target.error_message = "no space left in the machine room"
    stage.orders()
    assert order.state == "erred"
    assert state in order.error_message
    assert "no space left" in order.error_message


def test_b_refuses_an_order_in_its_own_words(stage: object) -> None:
    stage.b.faults.add(match="POST marketplace-orders/", action=Status(400), times=None)
    order = stage.order()
    stage.orders()
    assert order.state == "erred"
    assert "target Waldur" in order.error_message


def test_an_order_waits_for_another_one_about_the_resource(stage: object) -> None:
    resource = stage.resource()
    stage.b.order_update(stage.target_of(resource), {"gpu_hours": 7})
    order = stage.a.order_terminate(resource)
    stage.orders()
    assert order.state == "executing"
    stage.settle()
    assert order.state == "done"


@pytest.mark.parametrize(
    "lost", [DropConnection(before=False), Hang(before=False), Status(502, before=False)]
)
@pytest.mark.parametrize("call", ["POST marketplace-orders/", "POST projects/"])
def test_an_answer_that_was_lost_makes_no_second_one(
    stage: object, lost: object, call: str
) -> None:
    stage.b.faults.add(match=call, action=lost)
    order = stage.order()
    stage.settle()
    assert order.state == "done"
    assert len(living(stage)) == len(stage.b.state.projects) == 1


def test_a_project_whose_answer_was_lost_is_found_in_the_same_pass(stage: object) -> None:
    stage.b.faults.add(match="POST projects/", action=DropConnection(before=False))
    stage.order()
    stage.orders()
    assert len(stage.federation.waiting()) == 1


def test_an_order_whose_id_a_never_learnt_is_followed_all_the_same(stage: object) -> None:
    """As a 1.x agent leaves it that was killed between A's two ids."""
    order = stage.order()
    stage.orders()
    (target,) = stage.federation.waiting()
    order.backend_id = ""
    stage.orders()
    assert order.state == "executing"
    assert order.backend_id.replace("-", "") == str(target.uuid).replace("-", "")
    stage.settle()
    assert (order.state, len(living(stage))) == ("done", 1)


def test_plans_go_by_name_or_by_the_settings(make: Callable[..., object]) -> None:
    stage = make()
    b = stage.federation.b
    gold = stage.b.add_plan(b.offering, name="Gold")
    best = stage.a.add_plan(stage.federation.a.offering, name="Best")
    order = stage.order(plan=best)
    stage.orders()
    assert order.state == "erred"
    assert "'Gold'" in order.error_message
    stage.settings["plan_mapping"] = {"Best": "Gold"}
    stage.order("Another", plan=best)
    stage.orders()
    (target,) = stage.federation.waiting()
    assert target.plan is gold
