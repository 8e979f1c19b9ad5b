"""Reading: absent, unknown and empty are three things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent.backend.lookup import look_up, look_up_many
from waldur_site_agent.backend.pulling import pulling
from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import IMPORTS, LIMITS, READING
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.subject import Facet

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.backend.backends import BaseBackend
    from waldur_site_agent.waldur.models import Resource
    from waldur_site_agent_testkit.conformance.stage import Stage

OUTAGE = (Facet.SET_REACHABLE,)
PULLING = ("pull_resources", "pull_resource", "_pull_backend_resource")


@rule(READING, *PULLING, promise=2)
def what_is_there_is_read(stage: Stage) -> None:
    """``pull_resources`` answers, by the id on the backend, what is there.

    Beside it stands the resource that was given. Users are names.
    """
    created = stage.created()
    with stage.passing() as backend:
        found = backend.pull_resources([created])
    expect.equal(set(found), {created.backend_id}, "the ids that pull_resources answers")
    resource, info = found[created.backend_id]
    expect.true(resource is created, "pull_resources answers another resource than it was given")
    expect.equal(info.backend_id, created.backend_id, "the id in what it read")
    expect.true(all(isinstance(user, str) for user in info.users), f"users are {info.users!r}")


@rule(READING, *PULLING, promise=3)
def what_is_absent_is_left_out(stage: Stage) -> None:
    """A strict pull leaves out what the backend does not have, and raises nothing."""
    absent = _absent(stage)
    with stage.passing() as backend:
        alone = look_up_many(backend, [absent])
    expect.equal(set(alone.there), set(), "what a strict pull says is there")
    expect.equal(dict(alone.unknown), {}, "what a strict pull says is unknown")
    created = stage.created()
    with stage.passing() as backend:
        found = look_up_many(backend, [created, absent])
    expect.equal(set(found.there), {created.backend_id}, "what a strict pull says is there")


@rule(READING, *PULLING, promise=2)
def bulk_reads_what_single_reads_do(stage: Stage) -> None:
    """``pull_resources`` of many resources answers what it answers of each alone."""
    resources = [
        stage.created("Here"),
        stage.created("There", project=stage.other_project),
        _absent(stage),
    ]
    with stage.passing() as backend, pulling(include_usage=False, strict=False):
        together = _shown(backend, resources)
        alone = {}
        for one in resources:
            alone.update(_shown(backend, [one]))
        singly = {one.backend_id for one in resources if backend.pull_resource(one)}
    expect.equal(together, alone, "what is read of many at once")
    expect.equal(set(together), singly, "the ids that pull_resource finds, one by one")


@rule(
    READING,
    *PULLING,
    "get_resource_metadata",
    "get_resource_limits",
    promise=5,
    needs=(Facet.EFFECTS,),
)
def reading_writes_nothing(stage: Stage) -> None:
    """Nothing is written by reading."""
    created = stage.created()
    with stage.passing() as backend, stage.writing_nothing("reading"):
        backend.pull_resources([created])
        backend.list_resources()
        backend.get_resource_limits(created.backend_id)
        backend.get_resource_user_limits(created.backend_id)
        backend.get_resource_metadata(created.backend_id)
        backend.get_resource_status(created.backend_id)


@rule(READING, *PULLING, "strict_pull_requested", promise=3, needs=OUTAGE)
def who_cannot_be_asked_is_unknown(stage: Stage) -> None:
    """While the system cannot be reached, a strict pull raises.

    What could not be read is not absent.
    """
    created = stage.created()
    with stage.outage():
        for ask in (_look_up, _look_up_many):
            expect.raises(
                BackendUnavailableError,
                lambda ask=ask: ask(stage.subject.backend(), created),  # type: ignore[misc]
                "a strict pull in an outage",
            )


@rule(LIMITS, "get_resource_limits", promise=3, needs=OUTAGE)
def limits_are_never_empty_for_an_outage(stage: Stage) -> None:
    """While the system cannot be reached, ``get_resource_limits`` raises, or says what was so."""
    created = stage.created()
    before = dict(stage.seen(created).limits)
    _same_or_raised(
        stage,
        before,
        lambda backend: dict(backend.get_resource_limits(created.backend_id)),
        "get_resource_limits() in an outage",
    )


@rule(READING, "get_resource_metadata", promise=3, needs=OUTAGE)
def metadata_are_never_empty_for_an_outage(stage: Stage) -> None:
    """While the system cannot be reached, ``get_resource_metadata`` raises, or says what was so."""
    created = stage.created()
    with stage.passing() as backend:
        before = backend.get_resource_metadata(created.backend_id)
    _same_or_raised(
        stage,
        before,
        lambda backend: backend.get_resource_metadata(created.backend_id),
        "get_resource_metadata() in an outage",
    )


@rule(IMPORTS, "list_resources", promise=2)
def everything_is_listed(stage: Stage) -> None:
    """``list_resources`` lists each resource that is there, so that it can be imported."""
    created = [stage.created("First"), stage.created("Second", project=stage.other_project)]
    with stage.passing() as backend:
        listed = {info.backend_id for info in backend.list_resources()}
    missing = {one.backend_id for one in created} - listed
    expect.equal(missing, set(), "resources that list_resources leaves out")


@rule(IMPORTS, "list_resources", promise=3, needs=OUTAGE)
def a_listing_is_never_empty_for_an_outage(stage: Stage) -> None:
    """While the system cannot be reached, ``list_resources`` raises.

    A listing is complete or an error.
    """
    stage.created()
    with stage.outage():
        expect.raises(
            Exception, stage.subject.backend().list_resources, "list_resources() in an outage"
        )


def _absent(stage: Stage) -> Resource:
    """A resource with an id that the backend never heard of."""
    absent = stage.in_waldur(stage.order("Absent"))
    with stage.passing() as backend:
        absent.backend_id = backend._get_resource_backend_id("never-made")  # noqa: SLF001 - the contract names it so
    return absent


def _shown(backend: BaseBackend, resources: list[Resource]) -> dict[str, tuple[str, list[str]]]:
    found = backend.pull_resources(resources)
    return {key: (info.parent_id, sorted(info.users)) for key, (_, info) in found.items()}


def _look_up(backend: BaseBackend, resource: Resource) -> object:
    return look_up(backend, resource)


def _look_up_many(backend: BaseBackend, resource: Resource) -> object:
    found = look_up_many(backend, [resource])
    if found.unknown:
        raise BackendUnavailableError(str(found.unknown))
    return found


def _same_or_raised(
    stage: Stage, before: object, read: Callable[[BaseBackend], object], what: str
) -> None:
    with stage.outage():
        found = expect.unless_raised(lambda: read(stage.subject.backend()), default=before)
    expect.equal(found, before, what)
