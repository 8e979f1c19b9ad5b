"""Whole membership passes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from waldur_site_agent.waldur.models.states import MembershipSyncState
from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import MEMBERS, STATUS_REPORT
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.stage import NEWCOMER, TEAM
from waldur_site_agent_testkit.conformance.subject import Facet

if TYPE_CHECKING:
    from waldur_site_agent_testkit.conformance.stage import Stage


OUTAGE = (Facet.SET_REACHABLE,)


@rule(MEMBERS, "change_members", "process_existing_users", "sync_resource_limits", promise=2)
def a_membership_pass_brings_the_team(stage: Stage) -> None:
    """A membership pass brings who joined and takes who left, with nothing failed."""
    created = stage.created()
    stage.join(NEWCOMER)
    stage.leave(TEAM[0])
    stage.agent().members(force=True)
    report = stage.agent().members(force=True)
    expect.true(not report.failed, f"the pass says {dict(report.counts)} {report.given_up}")
    wanted = stage.normal((*TEAM[1:], NEWCOMER))
    expect.equal(stage.users_of(created), wanted, "the members after the pass")


@rule(
    MEMBERS,
    "process_existing_users",
    "reconcile_existing_user_roles",
    promise=5,
    better_with=(Facet.EFFECTS,),
)
def an_unchanged_pass_writes_nothing(stage: Stage) -> None:
    """Where nothing changed, passes write nothing, neither to the system nor to Waldur.

    Passes over orders, members and usage, that is.
    """
    stage.created()
    for _ in range(2):
        stage.agent().members()
        stage.agent().usage()
    with stage.writing_nothing("an unchanged pass"):
        stage.agent().orders()
        stage.agent().members()
        stage.agent().usage()


@rule(MEMBERS, "sync_resource_limits", promise=3, needs=OUTAGE)
def an_outage_changes_no_team(stage: Stage) -> None:
    """A membership pass in an outage changes nothing, and errs no resource.

    After the outage, it goes on as before.
    """
    created = stage.created()
    stage.leave(TEAM[0])
    with stage.outage():
        expect.unless_raised(stage.agent().members, default=None)
        expect.equal(str(stage.record(created).state), "OK", "the resource's state in Waldur")
    stage.agent().members(force=True)
    expect.equal(stage.users_of(created), stage.normal(TEAM[1:]), "the members after the outage")


@rule(
    MEMBERS,
    "sync_resource_end_date",
    "sync_project_end_date",
    "sync_resource_project",
    "sync_resource_effective_id",
    promise=8,
)
def dates_and_projects_are_followed(stage: Stage) -> None:
    """A membership pass over a resource and a project that are to end does not fail.

    The project has moved to another organization.
    """
    created = stage.created()
    end = date.today() + timedelta(days=90)  # noqa: DTZ011 - a day far enough in whatever zone
    stage.world.set_end_date(stage.record(created), end)
    stage.world.set_project_end_date(stage.project, end)
    stage.world.move_project(stage.project, stage.world.add_customer("Another organization"))
    report = stage.agent().members()
    expect.true(not report.failed, f"the pass says {dict(report.counts)} {report.given_up}")


@rule(STATUS_REPORT, "get_membership_sync_report", promise=2)
def grants_are_told_in_their_form(stage: Stage) -> None:
    """``get_membership_sync_report`` answers None, or rows with a username and a state."""
    created = stage.created()
    with stage.passing() as backend:
        rows = backend.get_membership_sync_report(created)
    states = set(MembershipSyncState)
    for row in rows or ():
        expect.true(row.get("username"), f"a row has no username: {sorted(row)}")
        expect.true(row.get("state") in states, f"{row.get('state')!r} is no state of a grant")
