"""What belongs to few backends: homes, policies, profiles, and how far members have come."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE
from waldur_site_agent.waldur.models.states import MembershipSyncState
from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import (
    DAILY,
    HOMES,
    MEMBERS,
    OWN_USERNAMES,
    PERIODIC,
    PROFILES,
    STATUS_REPORT,
)
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.stage import TEAM
from waldur_site_agent_testkit.conformance.subject import Facet

if TYPE_CHECKING:
    from waldur_site_agent_testkit.conformance.stage import Stage

SETTINGS = {"fairshare": 50, "limit_type": "GrpTRESMins", "grp_tres_mins": {"cpu": 600}}
"""As a policy in Waldur sends them."""


@rule(HOMES, "create_user_homedirs", promise=5, needs=(Facet.HOMES,), better_with=(Facet.EFFECTS,))
def homes_are_made_once(stage: Stage) -> None:
    """Users get their home directories; who has one is left alone."""
    with stage.passing() as backend:
        backend.create_user_homedirs(TEAM[:2])
    found = set(stage.subject.homes()) if stage.subject.homes else set()
    expect.true(set(TEAM[:2]) <= found, f"only {sorted(found)} have home directories")
    with stage.passing() as backend, stage.writing_nothing("making homes that are there"):
        backend.create_user_homedirs(TEAM[:2])


@rule(PERIODIC, "apply_periodic_settings", promise=8)
def a_policy_is_told_what_came_of_it(stage: Stage) -> None:
    """``apply_periodic_settings`` says whether it succeeded, and if not, why."""
    created = stage.created()
    with stage.passing() as backend:
        answer = backend.apply_periodic_settings(created.backend_id, SETTINGS)
    expect.true(isinstance(answer, dict), f"apply_periodic_settings answered {answer!r}")
    success = answer.get("success")
    expect.true(isinstance(success, bool), f"'success' is {success!r}")
    why = answer.get("error") or answer.get("reason")
    expect.true(success or why, "it did not succeed, and does not say why")


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


@rule(PROFILES, "update_user_attributes", promise=5, needs=(Facet.EFFECTS,))
def a_profile_may_be_told_again(stage: Stage) -> None:
    """``update_user_attributes`` may be called again; the second time, it writes nothing."""
    stage.created()
    profile = {"email": "ada@example.com", "full_name": "Ada King"}
    with stage.passing() as backend:
        backend.update_user_attributes(TEAM[0], profile)
    with stage.passing() as backend, stage.writing_nothing("telling the same profile again"):
        backend.update_user_attributes(TEAM[0], profile)


@rule(OWN_USERNAMES, "sync_offering_user_usernames", promise=5)
def usernames_are_brought_in_line_once(stage: Stage) -> None:
    """``sync_offering_user_usernames`` says whether a name in Waldur was changed.

    Called again, it changes none, and says so.
    """
    stage.created()
    offering = stage.offering.uuid
    with stage.agent().site() as site:
        site.backend.sync_offering_user_usernames(offering, site.client)
    with stage.agent().site() as site, stage.writing_nothing("bringing usernames in line again"):
        answer = site.backend.sync_offering_user_usernames(offering, site.client)
    expect.no(answer, "sync_offering_user_usernames, called again")


@rule(DAILY, "get_daily_usage_report_for_period", promise=2)
def days_are_told_in_their_form(stage: Stage) -> None:
    """A daily report is by resource, then by day of the month as YYYY-MM-DD, then by component."""
    created = stage.created()
    year, month = stage.this_month
    with stage.passing() as backend:
        report = backend.get_daily_usage_report_for_period([created.backend_id], year, month)
    for day, amounts in report.get(created.backend_id, {}).items():
        expect.true(day != TOTAL_ACCOUNT_USAGE, "a daily report has days, and no total")
        expect.true(day.startswith(f"{year:04}-{month:02}-"), f"{day!r} is no day of the month")
        foreign = sorted(set(amounts) - set(stage.components))
        expect.equal(foreign, [], f"components on {day} that the offering does not have")


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


@rule(MEMBERS, "release_users", promise=7)
def who_is_let_go_may_be_unknown(stage: Stage) -> None:
    """``release_users`` lets go of users, takes those whom nobody knows, and touches no other."""
    created = stage.created()
    with stage.passing() as backend:
        backend.release_users({"nobody"})
    expect.equal(stage.users_of(created), stage.normal(TEAM), "the members")
