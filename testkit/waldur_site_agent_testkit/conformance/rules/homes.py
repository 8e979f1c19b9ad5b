"""Home directories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import HOMES
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.stage import TEAM
from waldur_site_agent_testkit.conformance.subject import Facet

if TYPE_CHECKING:
    from waldur_site_agent_testkit.conformance.stage import Stage


@rule(HOMES, "create_user_homedirs", promise=5, needs=(Facet.HOMES,), better_with=(Facet.EFFECTS,))
def homes_are_made_once(stage: Stage) -> None:
    """Users get their home directories; who has one is left alone."""
    with stage.passing() as backend:
        backend.create_user_homedirs(TEAM[:2])
    found = set(stage.subject.homes()) if stage.subject.homes else set()
    expect.true(set(TEAM[:2]) <= found, f"only {sorted(found)} have home directories")
    with stage.passing() as backend, stage.writing_nothing("making homes that are there"):
        backend.create_user_homedirs(TEAM[:2])
