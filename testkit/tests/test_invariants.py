"""Whatever is asked in whatever order, some things always hold."""

from collections import Counter

import httpx2
from hypothesis import given, settings
from hypothesis import strategies as st

from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_testkit.mastermind.example import SmallWorld, small_world
from waldur_site_agent_testkit.mastermind.transitions import ORDER, STARTED, UNFINISHED

CHANGES = ("update_limits", "terminate", "restore")
STEPS = st.lists(st.sampled_from((*CHANGES, *ORDER)), max_size=25)


@given(steps=STEPS)
@settings(max_examples=60, deadline=None)
def test_orders(steps: list[str]) -> None:
    small = small_world()
    order = small.world.order_create(small.project, small.offering, "work", limits={"cpu": 1})
    resource = order.resource
    headers = {"authorization": f"Token {small.token}"}
    with httpx2.Client(
        transport=transport(small.world), base_url="http://m/api/", headers=headers
    ) as client:
        for step in steps:
            newest = list(small.world.state.orders.values())[-1]
            if step in CHANGES:
                path = f"marketplace-resources/{resource.uuid}/{step}/"
                body = {"limits": {"cpu": 2}} if step == "update_limits" else {}
            else:
                path, body = f"marketplace-orders/{newest.uuid}/{step}/", {}
            answer = client.post(path, json=body)

            assert answer.status_code in {200, 400, 409}, answer.text
            hold(small)


def hold(small: SmallWorld) -> None:
    orders = small.world.state.orders.values()
    unfinished = Counter(o.resource.uuid for o in orders if o.state in UNFINISHED)
    assert all(count == 1 for count in unfinished.values())
    for order in orders:
        if order.state == "executing":
            assert order.resource.state == STARTED[order.type]
    assert small.world.violations == []
