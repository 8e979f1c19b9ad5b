"""Pausing, slowing down and restoring, and what Waldur shows of a resource."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from waldur_site_agent.backend.structures import ResourceStatus
from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import STATES, STATUS
from waldur_site_agent_testkit.conformance.expecting import NothingToTryError
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.subject import Facet

if TYPE_CHECKING:
    from waldur_site_agent.waldur.models import Resource
    from waldur_site_agent_testkit.conformance.stage import Stage

CANNOT_PAUSE = "the backend, as it is set up, says that it does not pause"
SETTING = ("pause_resource", "downscale_resource", "restore_resource")


@rule(STATES, *SETTING, promise=5)
def states_may_be_set_again(stage: Stage) -> None:
    """Pausing, slowing down and restoring answer True or False, also where it is so already."""
    created = stage.created()
    for hook in SETTING:
        for _ in range(2):
            with stage.passing() as backend:
                answer = getattr(backend, hook)(created.backend_id)
            expect.true(isinstance(answer, bool), f"{hook} answered {answer!r}")


@rule(STATES, *SETTING, promise=3, needs=(Facet.SET_REACHABLE, Facet.EFFECTS))
def in_an_outage_no_state_is_said_to_be_set(stage: Stage) -> None:
    """While the system cannot be reached, no state is said to have been set.

    Pausing and slowing down raise or answer False, where they do something at all.
    """
    created = stage.created()
    for hook in ("pause_resource", "downscale_resource"):
        with stage.passing() as backend:
            before = len(stage.effects())
            getattr(backend, hook)(created.backend_id)
            backend.restore_resource(created.backend_id)
            does_something = len(stage.effects()) > before
        with stage.outage():
            answer = expect.unless_raised(
                lambda hook=hook: getattr(stage.subject.backend(), hook)(created.backend_id),  # type: ignore[misc]
                default=False,
            )
        expect.true(not (does_something and answer), f"{hook} answered {answer!r} in an outage")


@rule(STATUS, "get_resource_status", *SETTING, promise=2)
def a_state_that_was_set_is_told(stage: Stage) -> None:
    """``get_resource_status`` tells the state that was set last, or None."""
    created = stage.created()
    for hook, status in zip(
        SETTING,
        (ResourceStatus.PAUSED, ResourceStatus.DOWNSCALED, ResourceStatus.NORMAL),
        strict=True,
    ):
        with stage.passing() as backend:
            done = getattr(backend, hook)(created.backend_id)
        with stage.passing() as backend:
            found = backend.get_resource_status(created.backend_id)
        if done and found is not None:
            expect.equal(found, status, f"the state after {hook}")


@rule(STATUS, "get_resource_status", *SETTING, promise=2)
def a_flag_in_waldur_pauses(stage: Stage) -> None:
    """A resource that is paused in Waldur is paused by a membership pass.

    It is restored when it is paused no more.
    """
    created = stage.created()
    if not _can_pause(stage, created):
        raise NothingToTryError(CANNOT_PAUSE)
    for paused, status in ((True, ResourceStatus.PAUSED), (False, ResourceStatus.NORMAL)):
        stage.world.pause(stage.record(created), paused=paused)
        stage.agent().members()
        with stage.passing() as backend:
            found = backend.get_resource_status(created.backend_id)
        expect.equal(found, status, f"the state, where paused is {paused} in Waldur")


@rule(STATUS, "get_resource_status", promise=3, needs=(Facet.SET_REACHABLE,))
def a_state_is_not_guessed_in_an_outage(stage: Stage) -> None:
    """While the system cannot be reached, no state is made up.

    ``get_resource_status`` raises, or says None, or what was so.
    """
    created = stage.created()
    if not _can_pause(stage, created):
        raise NothingToTryError(CANNOT_PAUSE)
    with stage.passing() as backend:
        backend.pause_resource(created.backend_id)
    with stage.outage():
        found = expect.unless_raised(
            lambda: stage.subject.backend().get_resource_status(created.backend_id), default=None
        )
    right = found is None or found is ResourceStatus.PAUSED
    expect.true(right, f"of a paused resource, get_resource_status() says {found} in an outage")


@rule(STATES, "get_resource_metadata", promise=2)
def metadata_are_plain(stage: Stage) -> None:
    """``get_resource_metadata`` answers plain JSON values by name, which Waldur can show."""
    created = stage.created()
    with stage.passing() as backend:
        metadata = backend.get_resource_metadata(created.backend_id)
    expect.true(isinstance(metadata, dict), f"get_resource_metadata answered {metadata!r}")
    try:
        same = json.loads(json.dumps(metadata))
    except (TypeError, ValueError) as error:
        expect.fail(f"the metadata are no JSON: {error}")
    expect.equal(same, metadata, "the metadata, by way of JSON")


def _can_pause(stage: Stage, resource: Resource) -> bool:
    """Whether the backend, as it is configured, says that it pauses; it is restored after that."""
    with stage.passing() as backend:
        can = backend.pause_resource(resource.backend_id)
        backend.restore_resource(resource.backend_id)
    return can
