"""Update orders change limits and attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import ATTRIBUTES, LIMITS, ORDERS
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.subject import Facet

if TYPE_CHECKING:
    from waldur_site_agent_testkit.conformance.stage import Stage


@rule(ORDERS, "set_resource_limits", promise=2)
def an_update_changes_limits(stage: Stage) -> None:
    """An Update order ends as done, with its limits on the backend, as far as those can be read."""
    created = stage.created()
    record = stage.record(created)
    stage.finish(stage.world.order_update(record, stage.more))
    expect.equal(record.limits, stage.more, "the limits in Waldur")
    with stage.passing() as backend:
        can_be_read = LIMITS.is_declared(backend)
    if can_be_read:
        expect.equal(dict(stage.seen(created).limits), stage.more, "the limits on the backend")


@rule(ATTRIBUTES, "update_resource_attributes", promise=5, needs=(Facet.EFFECTS,))
def attributes_may_be_taken_again(stage: Stage) -> None:
    """``update_resource_attributes`` may be called again; the second time, it writes nothing."""
    created = stage.created()
    attributes = {"description": "Of clouds"}
    with stage.passing() as backend:
        backend.update_resource_attributes(created, attributes)
    with stage.passing() as backend, stage.writing_nothing("taking the same attributes again"):
        backend.update_resource_attributes(created, attributes)
