"""Projects that are there twice, listings that do not tell, requests that do not grow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.backend.exceptions import (
    BackendError,
    BackendNotReadyError,
    BackendUnavailableError,
)
from waldur_site_agent.waldur.errors import (
    ConflictError,
    ContractError,
    NotFoundError,
    RefusedError,
    TransientError,
    UnauthorizedError,
)
from waldur_site_agent_waldur.door import (
    LackedByTargetError,
    NotOnTargetError,
    RefusedByTargetError,
    said_by_target,
)

if TYPE_CHECKING:
    from collections.abc import Callable

RESOURCES = 12
ENOUGH = 6
"""Requests for any number of resources: a listing each of resources, people and projects."""


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        (ConflictError("busy", status=409), BackendNotReadyError),
        (NotFoundError("none"), NotOnTargetError),
        (NotFoundError("none", unrouted=True), LackedByTargetError),
        (UnauthorizedError("bad token", status=401), BackendUnavailableError),
        (UnauthorizedError("no right", status=403), RefusedByTargetError),
        (RefusedError("no such limit", status=400), RefusedByTargetError),
        (TransientError("no answer"), BackendUnavailableError),
        (ContractError("no JSON"), BackendUnavailableError),
    ],
)
def test_what_the_target_says_is_the_backends_word(said: Exception, meaning: type) -> None:
    with pytest.raises(meaning, match="target Waldur"), said_by_target():
        raise said


def test_the_oldest_of_several_projects_is_used(stage: object) -> None:
    b = stage.federation.b
    mark = f"{stage.federation.a.customer.uuid}_{stage.federation.project.uuid}"
    older = stage.b.add_project(b.customer, "Older", backend_id=mark)
    stage.b.clock.advance(seconds=60)
    stage.b.add_project(b.customer, "Newer", backend_id=mark)
    resource = stage.resource()
    assert stage.target_of(resource).project is older
    with stage.site() as site:
        assert site.backend.diagnostics() is False


def test_diagnostics_name_what_is_missing(make: Callable[..., object]) -> None:
    components = {"tapes": {"measured_unit": "t", "accounting_type": "limit", "label": "Tapes"}}
    stage = make(
        components=components,
        settings={"plan_mapping": {"A": "Gold"}, "role_mapping": {"MEMBER": "GUEST"}},
    )
    with stage.site() as site:
        assert site.backend.list_components() == ["gpu_hours", "storage_gb_hours"]
        assert site.backend.diagnostics() is False
    with make().site() as site:
        assert site.backend.diagnostics() is True


@pytest.mark.parametrize(
    "run", [lambda stage: stage.members(), lambda stage: stage.report()], ids=["members", "usage"]
)
def test_an_unchanged_pass_asks_b_a_handful(stage: object, run: Callable[[object], object]) -> None:
    customer = stage.federation.a.customer
    for number in range(RESOURCES):
        project = stage.a.add_project(customer, f"P{number}")
        stage.a.grant(stage.federation.member, project)
        stage.order(f"R{number}", project=project)
    stage.settle()
    stage.members()
    stage.report()
    assert len(stage.calls_to_b(lambda: run(stage))) <= ENOUGH


def test_a_b_whose_listing_tells_no_roles_is_read_by_project(make: Callable[..., object]) -> None:
    """One project's team more or less; nobody is added or removed by mistake."""
    stage = make(target_refuses={"customers"})
    for number in range(4):
        project = stage.a.add_project(stage.federation.a.customer, f"P{number}")
        stage.a.grant(stage.federation.member, project)
        stage.order(f"R{number}", project=project)
    stage.settle()
    stage.members()
    report = stage.members()
    assert (report.counts["added"], report.counts["removed"]) == (0, 0)


def test_what_ended_on_b_is_not_made_again_by_force(stage: object) -> None:
    resource = stage.resource()
    stage.b.order_terminate(stage.target_of(resource))
    stage.federation.carry_out_all()
    stage.members(force=True)
    assert len(stage.b.state.orders) == 2
    assert resource.state == "Erred"


def test_single_hooks_do_what_the_bulk_ones_do(stage: object) -> None:
    resource = stage.resource()
    with stage.site() as site:
        backend = site.backend
        ours = site.waldur.resources.get(resource.uuid)
        stage.b.add_user("bob@idp.test")
        assert backend.add_user(ours, "bob@idp.test", role_name="PROJECT.ADMIN") is True
        assert stage.roles_on_b(resource)["bob@idp.test"] == {"PROJECT.ADMIN"}
        assert backend.remove_user(ours, "bob@idp.test") is True
        assert "bob@idp.test" not in stage.roles_on_b(resource)
        assert backend.add_user(ours, " ") is backend.remove_user(ours, " ") is False
        assert backend.pull_resource(ours).parent_id
        assert [one.backend_id for one in backend.list_resources()] == [ours.backend_id]
        assert backend.get_resource_limits(ours.backend_id) == {"node_hours": 100}
        assert backend.get_resource_user_limits(ours.backend_id) == {}
        with pytest.raises(BackendError, match="set_resource_user_limits"):
            backend.set_resource_user_limits(ours.backend_id, "bob", {})


def test_pausing_is_told_to_be_impossible(stage: object) -> None:
    resource = stage.resource()
    stage.a.pause(resource)
    calls = stage.calls_to_b(stage.members)
    assert {call.method for call in calls} == {"GET"}
    assert resource.state == "OK"
