"""No secret and no personal data in a log line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import PRIVACY
from waldur_site_agent_testkit.conformance.listening import listening
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.stage import NEWCOMER, TEAM
from waldur_site_agent_testkit.conformance.subject import Facet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waldur_site_agent_testkit.conformance.stage import Stage


@rule(PRIVACY, "add_users_to_resource", promise=10)
def no_personal_data_are_logged(stage: Stage) -> None:
    """No e-mail address of a member is in a log line, at whatever level."""
    _expect_unlogged(stage, [f"{name}@" for name in (*TEAM, NEWCOMER)])


@rule(PRIVACY, "__init__", promise=10, needs=(Facet.SECRETS,))
def no_secret_is_logged(stage: Stage) -> None:
    """No secret of the settings is in a log line, at whatever level."""
    _expect_unlogged(stage, stage.subject.secrets)


def _expect_unlogged(stage: Stage, words: Iterable[str]) -> None:
    with listening() as lines:
        _live(stage)
    found = {word for word in words if any(word in line for line in lines)}
    expect.equal(found, set(), "what is in log lines")


def _live(stage: Stage) -> None:
    """Do something of everything, in fair weather and in foul."""
    created = stage.created()
    stage.join(NEWCOMER)
    stage.leave(TEAM[0])
    stage.agent().members(force=True)
    stage.agent().usage()
    with stage.passing() as backend:
        backend.update_user_attributes(TEAM[0], {"email": f"{TEAM[0]}@example.org"})
        backend.diagnostics()
    if stage.subject.set_reachable:
        with stage.outage():
            expect.unless_raised(stage.agent().members, default=None)
            expect.unless_raised(stage.subject.backend().diagnostics, default=None)
    stage.finish(stage.world.order_terminate(stage.record(created)))
