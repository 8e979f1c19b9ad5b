"""The rules for username backends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import Capability
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.stage import TEAM
from waldur_site_agent_testkit.conformance.subject import Facet

if TYPE_CHECKING:
    from waldur_site_agent_testkit.conformance.usernames.stage import NamingStage

USERNAMES = Capability(title="Usernames")
NAMES = (Facet.NAMES_USERS,)
ASKING = ("get_or_create_username", "generate_username", "get_username")


@rule(USERNAMES, *ASKING, promise=8)
def a_name_is_text(stage: NamingStage) -> None:
    """``get_or_create_username`` answers a name as text, or "" where there is none to give."""
    for name, answer in _names(stage).items():
        expect.true(isinstance(answer, str), f"for {name} it answered {answer!r}")


@rule(USERNAMES, *ASKING, promise=4, needs=NAMES)
def a_name_lasts(stage: NamingStage) -> None:
    """A person whose name is asked for again, by another process, has the same one."""
    first = _names(stage)
    expect.true(all(first.values()), f"somebody has no name: {first!r}")
    expect.equal(_names(stage), first, "the names, asked for again")


@rule(USERNAMES, *ASKING, promise=4, needs=NAMES)
def two_people_have_two_names(stage: NamingStage) -> None:
    """No two people have the same name."""
    names = _names(stage)
    expect.equal(len(set(names.values())), len(names), f"how many names {names!r} are")


@rule(USERNAMES, "get_username", promise=2, needs=(Facet.EFFECTS,))
def looking_a_name_up_makes_none(stage: NamingStage) -> None:
    """``get_username`` answers a name or None, and makes none."""
    stage.open_accounts()
    for account in stage.accounts():
        with stage.process() as backend, stage.writing_nothing("looking a name up"):
            answer = backend.get_username(account)
        expect.true(answer is None or isinstance(answer, str), f"it answered {answer!r}")


@rule(USERNAMES, *ASKING, promise=3, needs=(Facet.NAMES_USERS, Facet.SET_REACHABLE))
def in_an_outage_names_are_unknown(stage: NamingStage) -> None:
    """While the system cannot be reached, asking for a name raises.

    "" would say that there is none to give.
    """
    stage.open_accounts()
    account = stage.accounts()[0]
    with stage.process() as backend, stage.outage():
        expect.raises(
            Exception,
            lambda: backend.get_or_create_username(account),
            "get_or_create_username() in an outage",
        )


@rule(USERNAMES, *ASKING, promise=2, needs=NAMES)
def a_pass_names_the_team(stage: NamingStage) -> None:
    """A membership pass gives everybody a name, and puts them on the resource under it."""
    created = stage.created()
    for _ in range(2):
        report = stage.agent().members(force=True)
    expect.true(not report.failed, f"the pass says {dict(report.counts)} {report.given_up}")
    names = {account.username for account in stage.accounts()}
    expect.true(all(names), "somebody has no name in Waldur")
    expect.equal(stage.users_of(created), frozenset(names), "the members of the resource")


@rule(USERNAMES, *ASKING, promise=8)
def who_has_no_name_stops_nobody(stage: NamingStage) -> None:
    """A membership pass over people without a name, or with one, does not fail."""
    stage.created()
    report = stage.agent().members(force=True)
    expect.true(not report.failed, f"the pass says {dict(report.counts)} {report.given_up}")


@rule(USERNAMES, "sync_user_profiles", promise=5, better_with=(Facet.EFFECTS,))
def profiles_may_be_handed_on_again(stage: NamingStage) -> None:
    """``sync_user_profiles`` may be called again; the second time, it writes nothing."""
    stage.created()
    with stage.process() as backend:
        backend.sync_user_profiles(stage.accounts())
    with stage.process() as backend, stage.writing_nothing("handing on the same profiles again"):
        backend.sync_user_profiles(stage.accounts())


@rule(USERNAMES, "deactivate_users", promise=4)
def who_left_may_be_deactivated_again(stage: NamingStage) -> None:
    """``deactivate_users`` takes whom nobody knows, and whom it deactivated before."""
    names = set(_names(stage).values()) - {""}
    for _ in range(2):
        with stage.process() as backend:
            backend.deactivate_users({"nobody-of-that-name", *sorted(names)[:1]})


@rule(USERNAMES, "close_account", promise=4, better_with=(Facet.EFFECTS,))
def an_account_may_be_closed_again(stage: NamingStage) -> None:
    """``close_account`` may be called again; the second time, it writes nothing."""
    _names(stage)
    leaver, *_others = stage.accounts()
    with stage.process() as backend:
        backend.close_account(leaver)
    with stage.process() as backend, stage.writing_nothing("closing an account again"):
        backend.close_account(leaver)


def _names(stage: NamingStage) -> dict[str, str]:
    """What a process of its own answers for each person of the team."""
    if not stage.accounts():
        stage.open_accounts()
    with stage.process() as backend:
        return {
            account.user_username: backend.get_or_create_username(account)
            for account in stage.accounts()
            if account.user_username in TEAM
        }
