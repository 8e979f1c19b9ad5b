"""Orders over REST, from both sides."""

from collections.abc import Callable
from datetime import timedelta

import httpx2
import pytest

from waldur_site_agent_testkit.mastermind import WrongStateError
from waldur_site_agent_testkit.mastermind.example import SmallWorld
from waldur_site_agent_testkit.mastermind.ordering import UnfinishedOrderError
from waldur_site_agent_testkit.mastermind.shapes import Object

ORDER_KEYS = {
    "uuid",
    "type",
    "state",
    "offering_uuid",
    "offering_type",
    "offering_plugin_options",
    "plan_uuid",
    "attributes",
    "limits",
    "marketplace_resource_uuid",
    "resource_uuid",
    "resource_name",
    "project_uuid",
    "project_name",
    "customer_uuid",
    "customer_name",
    "created",
    "modified",
    "error_message",
    "error_traceback",
    "output",
    "callback_url",
    "cost",
}


def wish(small: SmallWorld) -> Object:
    root = "http://mastermind.test/api"
    return {
        "offering": f"{root}/marketplace-public-offerings/{small.offering.uuid}/",
        "project": f"{root}/projects/{small.project.uuid}/",
        "plan": f"{root}/marketplace-public-plans/{small.plan.uuid}/",
        "attributes": {"name": "Bench 01"},
        "limits": {"cpu": 10, "gres/gpu": 1},
        "accepting_terms_of_service": True,
    }


def test_an_order_is_made_over_rest(small: SmallWorld, api: httpx2.Client) -> None:
    answer = api.post("marketplace-orders/", json=wish(small))
    order = answer.json()

    assert answer.status_code == 201
    assert order.keys() >= ORDER_KEYS
    assert (order["type"], order["state"]) == ("Create", "pending-provider")
    assert order["cost"] == "0.0000000000"
    resource = small.world.state.resources[order["marketplace_resource_uuid"]]
    assert (resource.slug, resource.state) == ("bench-01-1", "Creating")
    assert small.world.violations == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"offering": None}, {"offering": ["This field may not be null."]}),
        ({"project": 5}, {"project": ["Not a valid string."]}),
        ({"limits": {"cpu": "ten"}}, {"limits": ["A valid integer is required."]}),
        ({"limits": {"cpu": True}}, {"limits": ["A valid integer is required."]}),
        ({"attributes": {}}, {"attributes": ["This field is required."]}),
        ({"start_date": "soon"}, None),
        ({"plan": "http://x/api/projects/1/"}, None),
    ],
)
def test_a_bad_wish_is_refused(
    small: SmallWorld, api: httpx2.Client, change: Object, complaint: Object | None
) -> None:
    answer = api.post("marketplace-orders/", json={**wish(small), **change})

    assert answer.status_code == 400
    assert complaint is None or answer.json() == complaint
    assert small.world.state.orders == {}


def test_missing_fields_are_named(api: httpx2.Client) -> None:
    answer = api.post("marketplace-orders/", json={})

    assert answer.status_code == 400
    assert answer.json() == {
        "offering": ["This field is required."],
        "project": ["This field is required."],
    }


def test_an_update_remembers_the_old_limits(small: SmallWorld, api: httpx2.Client) -> None:
    resource = small.world.add_resource(small.project, small.offering, "work", limits={"cpu": 1})

    answer = api.post(
        f"marketplace-resources/{resource.uuid}/update_limits/", json={"limits": {"cpu": 2}}
    )

    order = small.world.state.orders[answer.json()["order_uuid"]]
    assert answer.status_code == 200
    assert (order.limits, order.attributes) == ({"cpu": 2}, {"old_limits": {"cpu": 1}})
    assert resource.limits == {"cpu": 1}


def test_only_one_order_at_a_time(small: SmallWorld, api: httpx2.Client) -> None:
    resource = small.world.add_resource(small.project, small.offering, "work")
    small.world.order_update(resource, {"cpu": 3})

    answer = api.post(f"marketplace-resources/{resource.uuid}/terminate/", json={})

    assert answer.status_code == 400
    assert answer.json() == {"non_field_errors": ["Pending order for resource already exists."]}
    with pytest.raises(UnfinishedOrderError):
        small.world.order_terminate(resource)


def test_a_resource_in_the_wrong_state_cannot_be_ordered_to_change(
    small: SmallWorld, api: httpx2.Client
) -> None:
    resource = small.world.add_resource(small.project, small.offering, "work")

    answer = api.post(f"marketplace-resources/{resource.uuid}/restore/", json={})

    assert answer.status_code == 409
    assert answer.json() == {"detail": "Valid states for operation: Terminated."}
    with pytest.raises(WrongStateError, match="Terminated"):
        small.world.order_restore(resource)


def test_a_restored_resource_keeps_its_id_and_limits(small: SmallWorld) -> None:
    world = small.world
    resource = world.add_resource(
        small.project, small.offering, "work", backend_id="hpc_work", limits={"cpu": 7}
    )
    for order in (world.order_terminate(resource), None):
        order = order or world.order_restore(resource)  # noqa: PLW2901 - the second order
        world.move_order(order, "approve_by_provider")
        world.move_order(order, "set_state_done")

    assert (resource.state, resource.backend_id) == ("OK", "hpc_work")
    assert resource.limits == {"cpu": 7}


def test_a_start_date_is_waited_for(small: SmallWorld, api: httpx2.Client) -> None:
    world = small.world
    tomorrow = world.clock.today() + timedelta(days=1)
    order = world.order_create(small.project, small.offering, "later", start_date=tomorrow)

    api.post(f"marketplace-orders/{order.uuid}/approve_by_provider/", json={})
    assert order.state == "pending-start-date"
    world.beat()
    assert order.state == "pending-start-date"
    world.clock.advance(seconds=24 * 3600)
    world.beat()
    assert order.state == "executing"


def test_an_error_is_kept_on_order_and_resource(small: SmallWorld, api: httpx2.Client) -> None:
    order = small.world.order_create(small.project, small.offering, "work")

    api.post(
        f"marketplace-orders/{order.uuid}/set_state_erred/",
        json={"error_message": "no room", "error_traceback": "tb"},
    )

    assert (order.error_message, order.error_traceback) == ("no room", "tb")
    assert (order.resource.state, order.resource.error_message) == ("Erred", "no room")


def test_a_rejected_creation_leaves_nothing(small: SmallWorld, api: httpx2.Client) -> None:
    order = small.world.order_create(small.project, small.offering, "work")

    api.post(
        f"marketplace-orders/{order.uuid}/reject_by_provider/",
        json={"provider_rejection_comment": "no"},
    )

    assert (order.provider_rejection_comment, order.resource.state) == ("no", "Terminated")


def test_who_may_do_what(small: SmallWorld, client_of: Callable[[str], httpx2.Client]) -> None:
    order = small.world.order_create(small.project, small.offering, "work", approved=False)
    member = client_of(f"Token {small.member.token}")
    stranger = client_of(f"Token {small.world.add_user('eve').token}")
    path = f"marketplace-orders/{order.uuid}"

    assert member.get(f"{path}/").status_code == 200
    assert member.post(f"{path}/approve_by_provider/").status_code == 403
    assert member.post(f"{path}/approve_by_consumer/").status_code == 403
    assert member.get("marketplace-provider-resources/").json() == []
    assert stranger.get(f"{path}/").status_code == 404
    assert stranger.get("marketplace-orders/").json() == []
    answer = stranger.get(f"marketplace-provider-offerings/{small.offering.uuid}/")
    assert answer.json() == {"detail": "No Offering matches the given query."}
