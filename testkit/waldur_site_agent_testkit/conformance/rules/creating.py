"""Create and Restore orders become resources."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from waldur_site_agent.backend.backends import PendingOrderDecision
from waldur_site_agent.backend.exceptions import DuplicateResourceError
from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import DECISIONS, ORDERS, OWN_IDS
from waldur_site_agent_testkit.conformance.expecting import NothingToTryError
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.stage import TEAM
from waldur_site_agent_testkit.conformance.subject import Facet

if TYPE_CHECKING:
    from waldur_site_agent_testkit.conformance.stage import Stage

CREATING = ("create_resource_with_id", "_pre_create_resource", "_create_backend_resource")


@rule(ORDERS, *CREATING, promise=4)
def an_order_becomes_a_resource(stage: Stage) -> None:
    """A Create order ends as done, and the backend has the resource.

    It has it under the id that Waldur knows.
    """
    created = stage.created()
    expect.true(created.backend_id, "the order is done, and Waldur has no id of the resource")
    expect.true(stage.is_there(created), f"the backend does not have {created.backend_id!r}")


@rule(ORDERS, "_get_resource_backend_id", promise=4)
def two_orders_become_two_resources(stage: Stage) -> None:
    """Two resources of one project have two ids."""
    first, second = stage.created("First"), stage.created("Second")
    expect.true(first.backend_id != second.backend_id, f"both are {first.backend_id!r}")


@rule(ORDERS, "add_users_to_resource", promise=2)
def a_new_resource_has_its_team(stage: Stage) -> None:
    """When a Create order is done, the project's team is on the resource."""
    created = stage.created()
    expect.equal(stage.users_of(created), stage.normal(TEAM), "the members of a new resource")


@rule(OWN_IDS, *CREATING, promise=4)
def a_taken_id_is_refused(stage: Stage) -> None:
    """Creating under an id that is taken raises DuplicateResourceError.

    Nothing is changed of what is there.
    """
    created = stage.created()
    before = stage.seen(created)
    other = stage.in_waldur(stage.order("Other"))
    with stage.passing() as backend:
        expect.raises(
            DuplicateResourceError,
            lambda: backend.create_resource_with_id(other, created.backend_id, {}),
            "creating under an id that is taken",
        )
    expect.equal(stage.seen(created), before, "what was there under the id")


@rule(OWN_IDS, "adopt_resource", "post_create_resource", promise=4)
def adopting_completes_and_may_be_repeated(stage: Stage) -> None:
    """``adopt_resource`` completes a resource that is there; done twice, it is the same."""
    created = stage.created()
    before = stage.seen(created)
    for _ in range(2):
        with stage.passing() as backend:
            info = backend.adopt_resource(created, created.backend_id, {})
        expect.equal(info.backend_id, created.backend_id, "the id that adopt_resource answers")
    expect.equal(stage.seen(created), before, "the resource after it was adopted twice")


@rule(ORDERS, *CREATING, promise=8, needs=(Facet.REFUSE_CREATION,))
def a_refused_creation_errs_the_order(stage: Stage) -> None:
    """Where the system says a definite no to a resource, the Create order errs, and says why."""
    order = stage.order()
    if stage.subject.refuse_creation:
        stage.subject.refuse_creation()
    stage.agent().orders()
    stage.settle()
    stage.agent().orders()
    expect.equal(str(order.state), "erred", "the state of the order that was refused")
    expect.true(order.error_message.strip(), "the order says nothing of why it was refused")


@rule(ORDERS, *CREATING, promise=4)
def a_terminated_resource_comes_back(stage: Stage) -> None:
    """A Restore order brings a terminated resource back, with its members and limits."""
    created = stage.created()
    before = stage.seen(created)
    record = stage.record(created)
    stage.finish(stage.world.order_terminate(record))
    stage.finish(stage.world.order_restore(record))
    restored = stage.again(created)
    expect.true(stage.is_there(restored), f"the backend does not have {restored.backend_id!r}")
    expect.equal(stage.seen(restored), before, "the restored resource")


@rule(ORDERS, "recreate_missing_resource", promise=4, better_with=(Facet.EFFECTS,))
def what_was_lost_is_made_again(stage: Stage) -> None:
    """A resource that the backend lost is made again by a membership pass with ``--force``.

    Of one that is there, ``recreate_missing_resource`` says False, and changes nothing.
    """
    created = stage.created()
    with stage.passing() as backend, stage.writing_nothing("recreating what is there"):
        expect.no(backend.recreate_missing_resource(created), "recreating what is there")
        lost_for_good = backend.supports_async_orders or backend.backend_settings.get("soft_delete")
    if lost_for_good:
        raise NothingToTryError("the backend, as it is set up, does not lose a resource at once")
    with stage.passing() as backend:
        backend.delete_resource(created, project_slug=created.project_slug)
    stage.agent().members(force=True)
    expect.true(stage.is_there(created), "the resource that was lost is not there again")


@rule(DECISIONS, "evaluate_pending_order", promise=8)
def an_order_is_decided(stage: Stage) -> None:
    """``evaluate_pending_order`` answers a PendingOrderDecision."""
    order = stage.order()
    with stage.agent().site() as site:
        found = site.waldur.orders.get(UUID(order.uuid))
        answer = site.backend.evaluate_pending_order(found, site.client)
    expect.true(
        isinstance(answer, PendingOrderDecision),
        f"evaluate_pending_order answered {answer!r}, which is no decision",
    )
