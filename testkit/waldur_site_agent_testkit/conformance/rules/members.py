"""Members come and go, alone and in bulk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.structures import MembersChange
from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import MEMBERS
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.stage import NEWCOMER, TEAM
from waldur_site_agent_testkit.conformance.subject import Facet

if TYPE_CHECKING:
    from waldur_site_agent.backend.structures import MembersChanged
    from waldur_site_agent.waldur.models import Resource
    from waldur_site_agent_testkit.conformance.stage import Stage

OUTAGE = (Facet.SET_REACHABLE,)
ADDING = ("add_users_to_resource", "add_user")
REMOVING = ("remove_users_from_resource", "remove_user", "_pre_delete_user_actions")


@rule(MEMBERS, *ADDING, promise=2)
def who_is_added_is_there(stage: Stage) -> None:
    """Who is added is told in the answer and is on the resource, beside those who were there."""
    created = stage.created()
    expect.equal(_add(stage, created, NEWCOMER), {NEWCOMER}, "the answer to adding a user")
    expect.equal(stage.users_of(created), stage.normal((*TEAM, NEWCOMER)), "the members")


@rule(MEMBERS, *ADDING, promise=5, better_with=(Facet.EFFECTS,))
def adding_who_is_there_is_no_change(stage: Stage) -> None:
    """Adding who is there already succeeds, says so, and writes nothing."""
    created = stage.created()
    with stage.writing_nothing("adding who is there"):
        expect.equal(_add(stage, created, TEAM[0]), {TEAM[0]}, "the answer to adding who is there")
    expect.equal(stage.users_of(created), stage.normal(TEAM), "the members")


@rule(MEMBERS, *REMOVING, promise=2)
def who_is_removed_is_gone(stage: Stage) -> None:
    """Who is removed is told in the answer and is off the resource; the others stay."""
    created = stage.created()
    expect.equal(_remove(stage, created, TEAM[0]), {TEAM[0]}, "the answer to removing a user")
    expect.equal(stage.users_of(created), stage.normal(TEAM[1:]), "the members")


@rule(MEMBERS, *REMOVING, promise=5, better_with=(Facet.EFFECTS,))
def removing_who_is_not_there_is_no_change(stage: Stage) -> None:
    """Removing who is not there succeeds, says so, and writes nothing."""
    created = stage.created()
    stage.introduce(NEWCOMER)
    with stage.writing_nothing("removing who is not there"):
        expect.equal(_remove(stage, created, NEWCOMER), {NEWCOMER}, "the answer to it")
    expect.equal(stage.users_of(created), stage.normal(TEAM), "the members")


@rule(MEMBERS, *ADDING, promise=3)
def without_an_id_nobody_is_added(stage: Stage) -> None:
    """Adding a user to a resource without an id raises BackendError.

    A user without a name is nothing to do, which is said by False.
    """
    nameless = stage.in_waldur(stage.order("Nameless"))
    created = stage.created()
    stage.introduce(NEWCOMER)
    with stage.passing() as backend:
        expect.raises(
            BackendError, lambda: backend.add_user(nameless, NEWCOMER), "adding without an id"
        )
        expect.no(backend.add_user(created, ""), "adding a user without a name")


@rule(MEMBERS, *ADDING, promise=7)
def members_are_of_one_resource(stage: Stage) -> None:
    """Members of one resource do not come to those of other projects, nor leave them with it."""
    here = stage.created("Here")
    there = stage.created("There", project=stage.other_project)
    before = stage.users_of(there)
    _add(stage, here, NEWCOMER)
    _remove(stage, here, TEAM[0])
    expect.equal(stage.users_of(there), before, "the members of another project's resource")


@rule(MEMBERS, *ADDING, promise=8, needs=(Facet.REFUSE,))
def one_refusal_stops_no_other(stage: Stage) -> None:
    """Where the system refuses one of several users, the others are added.

    The answer leaves the refused one out.
    """
    created = stage.created()
    refuse = stage.subject.refuse
    stage.introduce("emmy", "hedy", "radia")
    if refuse:
        refuse("hedy")
    answer = _add(stage, created, "emmy", "hedy", "radia")
    expect.equal(answer, {"emmy", "radia"}, "the answer, where one of three is refused")
    wanted = stage.normal((*TEAM, "emmy", "radia"))
    expect.equal(stage.users_of(created), wanted, "the members, where one of three is refused")


@rule(MEMBERS, "change_members", promise=8, needs=(Facet.REFUSE,))
def one_refusal_in_bulk_stops_no_other(stage: Stage) -> None:
    """Where the system refuses one user in ``change_members``, all else is changed.

    The answer says of the refused one that it failed.
    """
    here = stage.created("Here")
    there = stage.created("There", project=stage.other_project)
    stage.introduce("emmy", "hedy")
    if stage.subject.refuse:
        stage.subject.refuse("hedy")
    changes = [
        _change(stage, here, add="hedy", remove=TEAM[0]),
        _change(stage, there, add="emmy", remove="hedy"),
    ]
    with stage.passing() as backend:
        first, second = backend.change_members(changes)
    expect.true("hedy" in first.added.failed or first.error, "nobody says that one was refused")
    expect.equal(_told(second), ({"emmy"}, {"hedy"}), "what is said of the other resource")
    expect.equal(stage.users_of(here), stage.normal(TEAM[1:]), "members of the first")
    expect.equal(stage.users_of(there), stage.normal((TEAM[0], "emmy")), "members of the second")


@rule(MEMBERS, "change_members", promise=2)
def changes_in_bulk_are_those_one_by_one(stage: Stage) -> None:
    """``change_members`` does to many resources what the hooks for one do.

    It answers for each, in order.
    """
    here = stage.created("Here")
    there = stage.created("There", project=stage.other_project)
    stage.introduce(NEWCOMER)
    changes = [
        _change(stage, here, add=NEWCOMER, remove=TEAM[0]),
        _change(stage, there, add=TEAM[1], remove=NEWCOMER),
    ]
    with stage.passing() as backend:
        answers = [_told(one) for one in backend.change_members(changes)]
    wanted = [({NEWCOMER}, {TEAM[0]}), ({TEAM[1]}, {NEWCOMER})]
    expect.equal(answers, wanted, "what change_members says was added and removed")
    expect.equal(stage.users_of(here), stage.normal((*TEAM[1:], NEWCOMER)), "members of the first")
    expect.equal(stage.users_of(there), stage.normal(TEAM[:2]), "members of the second")


@rule(MEMBERS, "change_members", promise=3, needs=OUTAGE)
def in_an_outage_nobody_is_said_to_be_changed(stage: Stage) -> None:
    """While the system cannot be reached, nobody is said to have been added or removed."""
    created = stage.created()
    stage.introduce(NEWCOMER)
    with stage.outage():
        answers = expect.unless_raised(
            lambda: _changed_blindly(stage, created), default=[(set(), set())]
        )
    expect.equal(answers, [(set(), set())], "what change_members says in an outage")


@rule(MEMBERS, "normalize_username", promise=5)
def names_have_one_form(stage: Stage) -> None:
    """``normalize_username`` gives the form in which members are listed.

    A name of that form stays as it is.
    """
    created = stage.created()
    once = stage.normal(TEAM)
    expect.equal(stage.normal(once), once, "names that were normalized twice")
    expect.true(once <= stage.users_of(created), f"members are not listed as {sorted(once)}")


def _add(stage: Stage, resource: Resource, *names: str) -> set[str]:
    stage.introduce(*names)
    with stage.passing() as backend:
        return set(backend.add_users_to_resource(resource, set(names), **stage.arguments(names)))


def _remove(stage: Stage, resource: Resource, *names: str) -> set[str]:
    with stage.passing() as backend:
        return set(backend.remove_users_from_resource(resource, set(names)))


def _change(stage: Stage, resource: Resource, *, add: str, remove: str) -> MembersChange:
    return MembersChange(
        resource=resource,
        add=frozenset({add}),
        remove=frozenset({remove}),
        arguments=stage.arguments([add]),
    )


def _told(answer: MembersChanged) -> tuple[set[str], set[str]]:
    return set(answer.added), set(answer.removed)


def _changed_blindly(stage: Stage, resource: Resource) -> list[tuple[set[str], set[str]]]:
    change = _change(stage, resource, add=NEWCOMER, remove=TEAM[0])
    with stage.passing() as backend:
        return [_told(one) for one in backend.change_members([change])]
