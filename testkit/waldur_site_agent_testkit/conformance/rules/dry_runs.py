"""Dry runs write nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_testkit.conformance.capabilities import ORDERS
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.stage import NEWCOMER, TEAM
from waldur_site_agent_testkit.conformance.subject import Facet

if TYPE_CHECKING:
    from waldur_site_agent_testkit.conformance.stage import Stage


@rule(
    ORDERS, "_get_resource_backend_id", "evaluate_pending_order", promise=2, needs=(Facet.EFFECTS,)
)
def a_dry_run_writes_nothing(stage: Stage) -> None:
    """Dry runs of all modes write nothing, neither to the system nor to Waldur.

    Orders of every type wait, and the team has changed.
    """
    updated, going = stage.created("Updated"), stage.created("Going")
    stage.order("New")
    stage.world.order_update(stage.record(updated), stage.more)
    stage.world.order_terminate(stage.record(going))
    stage.join(NEWCOMER)
    stage.leave(TEAM[0])
    with stage.writing_nothing("a dry run"):
        stage.agent().plan()
