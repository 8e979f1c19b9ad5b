"""Terminate orders end resources, and those alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import ORDERS
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.subject import Facet

if TYPE_CHECKING:
    from waldur_site_agent_testkit.conformance.stage import Stage


@rule(ORDERS, "delete_resource", "_pre_delete_resource", "post_delete_resource", promise=4)
def a_termination_ends_a_resource(stage: Stage) -> None:
    """A Terminate order ends as done, and the resource is gone.

    Where deletion is soft, it is there without limits.
    """
    created = stage.created()
    stage.finish(stage.world.order_terminate(stage.record(created)))
    with stage.passing() as backend:
        soft = bool(backend.backend_settings.get("soft_delete"))
    expect.equal(stage.is_there(created), soft, "whether the terminated resource is there")
    if soft:
        left = {name: v for name, v in stage.seen(created).limits.items() if v}
        expect.equal(left, {}, "the limits of a retired resource")


@rule(ORDERS, "delete_resource", promise=7)
def a_termination_leaves_the_others(stage: Stage) -> None:
    """Terminating one resource leaves the others of its project, and their members, alone."""
    going, staying = stage.created("Going"), stage.created("Staying")
    before = stage.seen(staying)
    stage.finish(stage.world.order_terminate(stage.record(going)))
    expect.equal(stage.seen(staying), before, "the other resource of the project")


@rule(ORDERS, "delete_resource", promise=4, better_with=(Facet.EFFECTS,))
def what_is_gone_is_deleted(stage: Stage) -> None:
    """Deleting what is gone, or what never had an id, succeeds.

    A repeated order must end.
    """
    created = stage.created()
    stage.finish(stage.world.order_terminate(stage.record(created)))
    nameless = stage.in_waldur(stage.order("Nameless"))
    with stage.passing() as backend, stage.writing_nothing("deleting what is gone"):
        backend.delete_resource(created, project_slug=created.project_slug)
        backend.delete_resource(nameless, project_slug=nameless.project_slug)
