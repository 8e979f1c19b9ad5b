"""Which operation is allowed in which state, and where it leads: asked over REST."""

from collections.abc import Mapping
from itertools import product

import httpx2
import pytest

from waldur_site_agent_testkit.mastermind.example import SmallWorld
from waldur_site_agent_testkit.mastermind.state import (
    OfferingUserState,
    OrderState,
    OrderType,
    ResourceState,
)

ORDER_OPERATIONS: Mapping[str, tuple[set[str], str]] = {
    "approve_by_consumer": ({"pending-consumer"}, "pending-provider"),
    "approve_by_provider": ({"pending-provider"}, "executing"),
    "reject_by_consumer": ({"pending-consumer"}, "rejected"),
    "reject_by_provider": ({"pending-provider"}, "rejected"),
    "set_state_executing": (
        {
            "pending-consumer",
            "pending-provider",
            "pending-project",
            "pending-start-date",
            "erred",
        },
        "executing",
    ),
    "set_state_done": ({"executing"}, "done"),
    "set_state_erred": (set(OrderState), "erred"),
    "cancel": (
        {"pending-consumer", "pending-provider", "pending-project", "pending-start-date"},
        "canceled",
    ),
}

NAMES = {
    1: "Requested",
    2: "Creating",
    3: "Pending account linking",
    4: "Pending additional validation",
    5: "OK",
    6: "Requested deletion",
    7: "Deleting",
    8: "Deleted",
    9: "Error creating",
    10: "Error deleting",
}
USER_OPERATIONS: Mapping[str, tuple[set[int], int]] = {
    "begin_creating": ({1, 9}, 2),
    "set_pending_account_linking": ({2, 9, 4}, 3),
    "set_pending_additional_validation": ({2, 9, 3}, 4),
    "set_validation_complete": ({3, 4}, 5),
    "set_error_creating": ({1, 2, 3, 4}, 9),
    "set_ok": ({1, 2, 3, 4, 9, 10, 6, 7}, 5),
    "request_deletion": ({5, 2, 3, 4, 9}, 6),
    "set_deleting": ({6, 10}, 7),
    "set_deleted": ({1, 7}, 8),
    "set_error_deleting": ({6, 7}, 10),
}


@pytest.mark.parametrize(("operation", "state"), list(product(ORDER_OPERATIONS, OrderState)))
def test_order(small: SmallWorld, api: httpx2.Client, operation: str, state: OrderState) -> None:
    allowed, target = ORDER_OPERATIONS[operation]
    order = small.world.order_create(small.project, small.offering, "work")
    order.state = state

    answer = api.post(f"marketplace-orders/{order.uuid}/{operation}/")

    if state in allowed:
        assert (answer.status_code, order.state) == (200, target)
    else:
        assert (answer.status_code, order.state) == (409, state)
        assert answer.json()["detail"].startswith("Valid states for operation: ")


@pytest.mark.parametrize(("operation", "number"), list(product(USER_OPERATIONS, NAMES)))
def test_offering_user(small: SmallWorld, api: httpx2.Client, operation: str, number: int) -> None:
    allowed, target = USER_OPERATIONS[operation]
    account = small.world.open_account(small.member, small.offering)
    account.state = OfferingUserState(NAMES[number])

    answer = api.post(f"marketplace-offering-users/{account.uuid}/{operation}/")

    right = (200, NAMES[target]) if number in allowed else (409, NAMES[number])
    assert (answer.status_code, account.state) == right


@pytest.mark.parametrize("number", NAMES)
def test_a_username_makes_an_unfinished_account_ok(
    small: SmallWorld, api: httpx2.Client, number: int
) -> None:
    account = small.world.open_account(small.member, small.offering)
    account.state = OfferingUserState(NAMES[number])

    answer = api.patch(f"marketplace-offering-users/{account.uuid}/", json={"username": "ada"})

    flips = number in {1, 2, 3, 4, 9}
    assert (answer.status_code, answer.json()["username"]) == (200, "ada")
    assert answer.json()["state"] == ("OK" if flips else NAMES[number])


@pytest.mark.parametrize(("operation", "state"), list(product(("ok", "erred"), ResourceState)))
def test_resource_is_set(
    small: SmallWorld, api: httpx2.Client, operation: str, state: ResourceState
) -> None:
    resource = small.world.add_resource(small.project, small.offering, "work")
    resource.state = state

    answer = api.post(f"marketplace-provider-resources/{resource.uuid}/set_as_{operation}/")

    if operation == "erred":
        assert (answer.status_code, resource.state) == (200, "Erred")
    elif state == "Erred":
        assert (answer.status_code, resource.state) == (200, "OK")
    else:
        assert (answer.status_code, resource.state) == (409, state)
        assert answer.json() == {"detail": "Valid states for operation: Erred."}


@pytest.mark.parametrize(
    ("kind", "before", "while_executing", "afterwards"),
    [
        (OrderType.CREATE, "Creating", "Creating", "OK"),
        (OrderType.UPDATE, "OK", "Updating", "OK"),
        (OrderType.TERMINATE, "OK", "Terminating", "Terminated"),
        (OrderType.RESTORE, "Terminated", "Creating", "OK"),
    ],
)
@pytest.mark.parametrize("ending", ["done", "erred"])
def test_an_order_moves_its_resource(  # noqa: PLR0917 - a row of the table, and the fixtures
    small: SmallWorld,
    api: httpx2.Client,
    kind: OrderType,
    before: str,
    while_executing: str,
    afterwards: str,
    ending: str,
) -> None:
    world = small.world
    if kind is OrderType.CREATE:
        order = world.order_create(small.project, small.offering, "work", limits={"cpu": 1})
    else:
        resource = world.add_resource(small.project, small.offering, "work", limits={"cpu": 1})
        resource.state = ResourceState(before)
        order = {
            OrderType.UPDATE: lambda: world.order_update(resource, {"cpu": 2}),
            OrderType.TERMINATE: lambda: world.order_terminate(resource),
            OrderType.RESTORE: lambda: world.order_restore(resource),
        }[kind]()
    resource = order.resource

    assert resource.state == before
    api.post(f"marketplace-orders/{order.uuid}/approve_by_provider/", json={})
    assert resource.state == while_executing
    api.post(f"marketplace-orders/{order.uuid}/set_state_{ending}/")

    assert resource.state == (afterwards if ending == "done" else "Erred")
    updated = kind is OrderType.UPDATE and ending == "done"
    assert resource.limits == {"cpu": 2 if updated else 1}
