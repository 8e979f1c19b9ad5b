"""People: their profiles, their usernames, and letting go of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import MEMBERS, OWN_USERNAMES, PROFILES
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.stage import TEAM
from waldur_site_agent_testkit.conformance.subject import Facet

if TYPE_CHECKING:
    from waldur_site_agent_testkit.conformance.stage import Stage


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


@rule(MEMBERS, "release_users", promise=7)
def who_is_let_go_may_be_unknown(stage: Stage) -> None:
    """``release_users`` lets go of users, takes those whom nobody knows, and touches no other."""
    created = stage.created()
    with stage.passing() as backend:
        backend.release_users({"nobody"})
    expect.equal(stage.users_of(created), stage.normal(TEAM), "the members")
