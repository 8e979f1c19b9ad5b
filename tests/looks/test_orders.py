"""Orders by events: carried out within the message, with few requests, whatever fails meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.mastermind.faults import DropConnection, Status

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_message_makes_an_order_real(setting: object) -> None:
    order = setting.order()

    setting.run()

    assert order.state == "done"
    assert setting.on(order.resource.backend_id) == {"ada"}
    assert setting.post.is_empty


def test_seven_requests_an_order(make: Callable[..., object]) -> None:
    setting = make()
    setting.settings = {"order_processing_backend": "bulk", "membership_sync_backend": "bulk"}
    setting.join("ada")
    setting.run()
    setting.order("First")
    setting.run()
    setting.world.calls.clear()

    setting.order("Second")
    setting.run()

    assert [path.rstrip("/").rpartition("/")[2] for path in setting.asked("POST")] == [
        "approve_by_provider",
        "set_backend_id",
        "set_state_done",
    ]
    assert len(setting.asked("GET")) == 4


@pytest.mark.parametrize(("seconds", "times"), [(200, 0), (301, 1)])
def test_what_the_offering_says_is_asked_again_after_some_minutes(
    setting: object, seconds: float, times: int
) -> None:
    setting.order("First")
    setting.run()
    setting.world.calls.clear()
    setting.order("Second")
    setting.run(after=seconds)
    path = f"GET /api/marketplace-provider-offerings/{setting.offering.uuid}/"
    assert setting.asked().count(path) == times


def test_an_order_that_is_no_business_of_the_provider_costs_one_request(setting: object) -> None:
    order = setting.order()
    setting.run()
    setting.world.calls.clear()

    order.state = type(order.state)("executing")
    setting.world.announce_order(order)
    order.state = type(order.state)("done")
    setting.run()

    assert len(setting.asked()) == 1


def test_the_end_of_a_resource(setting: object) -> None:
    resource = setting.resource("hpc_old", users=("ada",))
    order = setting.world.order_terminate(resource)
    setting.run()
    assert order.state == "done"
    assert "hpc_old" not in setting.system.accounts


def test_an_outage_leaves_the_order_to_the_queue_and_not_to_reconciliation(setting: object) -> None:
    order = setting.order()
    setting.system.is_up = False
    setting.run()
    assert order.state in ("pending-provider", "executing")
    assert setting.post.is_empty, "the queue comes back to it, so its message is not kept"

    setting.system.is_up = True
    setting.run(after=2.0)

    assert order.state == "done"


def test_a_hiccup_of_waldur_is_tried_again(setting: object) -> None:
    order = setting.order()
    setting.world.faults.add(match="GET /api/marketplace-orders/*", action=Status(502), times=4)
    setting.run()
    assert order.state == "pending-provider"
    setting.run(after=1.0)
    setting.run(after=2.0)
    assert order.state == "done"


def test_an_order_without_decision_is_looked_at_again_when_polling_would(setting: object) -> None:
    setting.told.append(("undecided",))
    order = setting.order()
    setting.run()
    assert order.state == "pending-provider"
    setting.told.remove(("undecided",))

    setting.run(after=299.0)
    assert order.state == "pending-provider"
    setting.run(after=2.0)
    assert order.state == "done"


def test_or_when_another_message_says_so(setting: object) -> None:
    setting.told.append(("undecided",))
    order = setting.order()
    setting.run()
    setting.told.remove(("undecided",))

    setting.world.announce_order(order)
    setting.run(after=1.0)

    assert order.state == "done"


def test_an_order_whose_message_was_lost_is_found_by_reconciliation(setting: object) -> None:
    setting.post.is_up = False
    order = setting.order()
    setting.run()
    assert order.state == "pending-provider"
    setting.reconcile()
    assert order.state == "done"


def test_the_orders_that_waited_before_the_start_need_no_message(make: Callable) -> None:
    setting = make()
    setting.join("ada")
    order = setting.order()
    setting.run()
    assert order.state == "done"


def test_who_gets_a_name_by_the_first_resource_is_on_it(make: Callable[..., object]) -> None:
    setting = make()
    setting.settings = {"username_management_backend": "initials"}
    setting.world.grant(setting.person("grace"), setting.project)
    setting.run()
    order = setting.order()
    setting.run()
    setting.run(after=1.0)
    assert setting.on(order.resource.backend_id) == {"x-grace"}


def test_without_events_for_members_the_order_completes_them(make: Callable[..., object]) -> None:
    setting = make()
    setting.settings = {
        "stomp_membership_sync_enabled": False,
        "username_management_backend": "initials",
    }
    setting.world.grant(setting.person("grace"), setting.project)
    setting.run()
    order = setting.order()
    setting.run()
    assert setting.on(order.resource.backend_id) == {"x-grace"}


def test_a_lost_answer_to_the_last_step_makes_nothing_twice(setting: object) -> None:
    order = setting.order()
    setting.world.faults.add(match="set_state_done", action=DropConnection(before=False), times=2)
    setting.run()
    setting.run(after=1.0)
    assert order.state == "done"
    created = [effect for effect in setting.system.effects if effect.startswith("create")]
    assert len(created) == 1
