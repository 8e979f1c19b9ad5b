"""Several processes of the agent on one system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import SIDE_BY_SIDE
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.stage import NEWCOMER, TEAM

if TYPE_CHECKING:
    from waldur_site_agent_testkit.conformance.stage import Stage


@rule(SIDE_BY_SIDE, "begin_pass", "end_pass", promise=6)
def a_new_pass_sees_what_others_changed(stage: Stage) -> None:
    """What one process changed is seen by another in its next pass.

    Nothing is remembered beyond a pass.
    """
    created = stage.created()
    stage.introduce(NEWCOMER)
    first, second = stage.subject.backend(), stage.subject.backend()
    first.begin_pass()
    first.pull_resources([created])
    first.end_pass()
    second.begin_pass()
    second.add_users_to_resource(created, {NEWCOMER}, **stage.arguments([NEWCOMER]))
    second.end_pass()
    first.begin_pass()
    users = first.pull_resources([created])[created.backend_id][1].users
    first.end_pass()
    expect.equal(set(users), stage.normal((*TEAM, NEWCOMER)), "the users that the first one sees")


@rule(SIDE_BY_SIDE, "begin_pass", "end_pass", promise=6)
def two_passes_do_not_undo_each_other(stage: Stage) -> None:
    """Two passes whose steps are interleaved both have their effects.

    Instances share nothing that one pass could spoil for another.
    """
    here, there = stage.created("Here"), stage.created("There", project=stage.other_project)
    stage.introduce(NEWCOMER)
    first, second = stage.subject.backend(), stage.subject.backend()
    first.begin_pass()
    second.begin_pass()
    first.add_users_to_resource(here, {NEWCOMER}, **stage.arguments([NEWCOMER]))
    second.add_users_to_resource(there, {NEWCOMER}, **stage.arguments([NEWCOMER]))
    first.remove_users_from_resource(here, {TEAM[0]})
    second.end_pass()
    first.end_pass()
    expect.equal(stage.users_of(here), stage.normal((*TEAM[1:], NEWCOMER)), "members of the first")
    wanted = stage.normal((TEAM[0], NEWCOMER))
    expect.equal(stage.users_of(there), wanted, "members of the second")
