"""Orders that meet an outage stay as they are, and end after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import ORDERS
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.subject import Facet

if TYPE_CHECKING:
    from waldur_site_agent_testkit.conformance.stage import Stage

OUTAGE = (Facet.SET_REACHABLE,)
CREATING = ("create_resource_with_id", "_pre_create_resource", "_create_backend_resource")


@rule(ORDERS, *CREATING, promise=8, needs=OUTAGE)
def an_outage_leaves_a_creation(stage: Stage) -> None:
    """A Create order that meets an outage stays as it is, and is done after it."""
    order = stage.order()
    with stage.outage():
        _a_pass(stage)
        expect.true(order.state != "erred", f"an outage erred the order: {order.error_message}")
        expect.true(order.state != "done", "the order was done in an outage")
    stage.finish(order)
    expect.true(stage.is_there(stage.in_waldur(order)), "the backend does not have the resource")


@rule(ORDERS, "set_resource_limits", promise=8, needs=OUTAGE)
def an_outage_leaves_an_update(stage: Stage) -> None:
    """An Update order that meets an outage stays as it is, and is done after it."""
    created = stage.created()
    order = stage.world.order_update(stage.record(created), stage.more)
    with stage.outage():
        _a_pass(stage)
        expect.true(order.state != "erred", f"an outage erred the order: {order.error_message}")
        expect.true(order.state != "done", "the update was done in an outage")
    stage.finish(order)


@rule(ORDERS, "delete_resource", promise=3, needs=OUTAGE)
def an_outage_leaves_a_termination(stage: Stage) -> None:
    """A Terminate order that meets an outage stays as it is, and ends after it.

    Who cannot be asked has not said that the resource is gone.
    """
    created = stage.created()
    order = stage.world.order_terminate(stage.record(created))
    with stage.outage():
        _a_pass(stage)
        expect.true(order.state != "erred", f"an outage erred the order: {order.error_message}")
        expect.true(order.state != "done", "the termination was done in an outage")
    stage.finish(order)


def _a_pass(stage: Stage) -> None:
    """A pass that may not even begin: ``begin_pass`` is where a backend reads its snapshot."""
    expect.unless_raised(stage.agent().orders, default=None)
