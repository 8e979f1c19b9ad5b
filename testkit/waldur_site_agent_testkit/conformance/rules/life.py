"""A backend's sign of life, and what it costs to make one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError, BackendNotReadyError
from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import LIFE, PREFLIGHT
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.subject import Facet

if TYPE_CHECKING:
    from waldur_site_agent_testkit.conformance.stage import Stage

OUTAGE = (Facet.SET_REACHABLE,)


@rule(LIFE, "ping", promise=8)
def a_ping_is_answered(stage: Stage) -> None:
    """A system that can be reached answers its ping, and asking changes nothing."""
    with stage.passing() as backend, stage.writing_nothing("ping()"):
        expect.yes(backend.ping(), "ping()")
        expect.yes(backend.ping(raise_exception=True), "ping(raise_exception=True)")


@rule(LIFE, "ping", promise=8, needs=OUTAGE)
def silence_is_no_ping(stage: Stage) -> None:
    """While the system cannot be reached, ``ping()`` is False.

    With ``raise_exception``, it raises BackendError.
    """
    with stage.outage():
        backend = stage.subject.backend()
        expect.no(backend.ping(), "ping() in an outage")
        expect.raises(
            BackendError,
            lambda: backend.ping(raise_exception=True),
            "ping(raise_exception=True) in an outage",
        )


@rule(LIFE, "__init__", promise=11, needs=OUTAGE)
def a_constructor_asks_nothing(stage: Stage) -> None:
    """A constructor works while the system cannot be reached.

    A backend is made for every pass, to find out.
    """
    with stage.outage():
        stage.subject.backend()


@rule(LIFE, "__init__", promise=8)
def a_backend_says_what_it_is(stage: Stage) -> None:
    """``backend_type`` is a word of the plugin's own, not ``unknown``."""
    kind = stage.subject.backend().backend_type
    expect.true(isinstance(kind, str) and kind, f"backend_type is {kind!r}")
    expect.true(kind != "unknown", "backend_type is 'unknown', with which the agent does not work")


@rule(LIFE, "list_components", promise=8)
def components_are_listed(stage: Stage) -> None:
    """``list_components`` answers names, for diagnostics."""
    with stage.passing() as backend:
        names = backend.list_components()
    expect.true(
        isinstance(names, list) and all(isinstance(name, str) for name in names),
        f"list_components() answered {names!r}, which is no list of names",
    )


@rule(LIFE, "diagnostics", promise=8)
def diagnostics_are_well_when_all_is_well(stage: Stage) -> None:
    """``diagnostics`` says True while the system can be reached, and changes nothing."""
    with stage.passing() as backend, stage.writing_nothing("diagnostics()"):
        expect.yes(backend.diagnostics(), "diagnostics()")


@rule(LIFE, "diagnostics", promise=8, needs=OUTAGE)
def diagnostics_tell_an_outage(stage: Stage) -> None:
    """While the system cannot be reached, ``diagnostics`` says False, and raises nothing.

    It is read by who looks for the cause.
    """
    with stage.outage():
        expect.no(stage.subject.backend().diagnostics(), "diagnostics() in an outage")


@rule(LIFE, "end_pass", promise=4)
def a_pass_may_end_as_it_likes(stage: Stage) -> None:
    """``end_pass`` works after a pass that never began, twice, and the backend works after it."""
    created = stage.created()
    backend = stage.subject.backend()
    backend.end_pass()
    backend.begin_pass()
    backend.end_pass()
    backend.end_pass()
    found = backend.pull_resources([created])
    expect.true(created.backend_id in found, "after end_pass() resources are not found any more")


@rule(PREFLIGHT, "run_preflight", promise=8, needs=OUTAGE)
def a_preflight_tells_an_outage(stage: Stage) -> None:
    """``run_preflight`` raises BackendNotReadyError while the system cannot be reached.

    Otherwise it lets the pass begin.
    """
    backend = stage.subject.backend()
    backend.run_preflight()
    with stage.outage():
        expect.raises(BackendNotReadyError, backend.run_preflight, "run_preflight() in an outage")
