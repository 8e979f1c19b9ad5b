"""Orders that take their time elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import REMOTE_ORDERS
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.subject import Facet

if TYPE_CHECKING:
    from waldur_site_agent_testkit.conformance.stage import Stage


@rule(REMOTE_ORDERS, "check_pending_order", promise=4, needs=(Facet.SETTLE,))
def a_remote_order_is_waited_for(stage: Stage) -> None:
    """A Create order stays, with the remote order's id, until that is done."""
    order = stage.order()
    for _ in range(2):
        stage.agent().orders()
        expect.equal(str(order.state), "executing", "the order while the remote one is on its way")
        expect.true(order.backend_id, "the remote order's id is not kept in Waldur")
    stage.settle()
    stage.agent().orders()
    expect.equal(str(order.state), "done", "the order when the remote one is done")


@rule(REMOTE_ORDERS, "check_pending_order", promise=3, needs=(Facet.SETTLE, Facet.SET_REACHABLE))
def in_an_outage_no_remote_order_is_done(stage: Stage) -> None:
    """While the system cannot be reached, no remote order is said to be done."""
    order = stage.order()
    stage.agent().orders()
    with stage.outage():
        done = expect.unless_raised(
            lambda: stage.subject.backend().check_pending_order(order.backend_id), default=False
        )
    expect.no(done, "check_pending_order() in an outage")
