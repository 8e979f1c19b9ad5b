"""Policies' settings for a period."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import PERIODIC
from waldur_site_agent_testkit.conformance.rule import rule

if TYPE_CHECKING:
    from waldur_site_agent_testkit.conformance.stage import Stage

SETTINGS = {"fairshare": 50, "limit_type": "GrpTRESMins", "grp_tres_mins": {"cpu": 600}}


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
