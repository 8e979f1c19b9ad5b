"""What is kept in line beside members: limits, end dates, ids, metadata, projects, names."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.mastermind.state import Role

if TYPE_CHECKING:
    from collections.abc import Callable

JULY, AUGUST = date(2027, 7, 31), date(2027, 8, 31)
ADA = "ada@idp.test"


@pytest.mark.parametrize(
    ("on_b", "on_a"),
    [
        ({"gpu_hours": 500, "storage_gb_hours": 1000}, 100),  # F12
        ({"gpu_hours": 500, "storage_gb_hours": 800}, 80),  # F10
        ({"gpu_hours": 250}, 50),  # F11
    ],
)
def test_limits_follow_b_and_never_grow(stage: object, on_b: dict, on_a: int) -> None:
    resource = stage.resource()
    stage.target_of(resource).limits = on_b
    for _ in range(3):
        stage.members()
    assert resource.limits == {"node_hours": on_a}


def test_limits_stay_where_they_are_not_synchronised(make: Callable[..., object]) -> None:
    stage = make(settings={"limit_sync_direction": "disabled"})
    resource = stage.resource()
    stage.target_of(resource).limits = {"gpu_hours": 5, "storage_gb_hours": 10}
    stage.members()
    assert resource.limits == {"node_hours": 100}


def move(stage: object) -> None:
    for world in (stage.a, stage.b):
        world.clock.advance(seconds=3600)


@pytest.mark.parametrize(
    ("direction", "order", "expected"),
    [
        ("bidirectional", "ab", AUGUST),
        ("bidirectional", "ba", AUGUST),
        ("a_to_b", "ab", JULY),
        ("b_to_a", "ba", JULY),
    ],
)
@pytest.mark.parametrize("scope", ["resource", "project"])
def test_end_dates_follow(
    make: Callable[..., object], scope: str, direction: str, order: str, expected: date
) -> None:
    """July is set on one side, August later on the other."""
    stage = make(settings={"end_date_sync_direction": direction})
    resource = stage.resource()
    stage.a.grant(stage.federation.a.user, stage.federation.a.customer, Role.CUSTOMER_OWNER)
    sides = {"a": (stage.a, resource), "b": (stage.b, stage.target_of(resource))}
    for side, day in zip(order, (JULY, AUGUST), strict=True):
        move(stage)
        _set(sides[side][0], scope, sides[side][1], day)
    move(stage)
    for _ in range(3):
        stage.members()
    assert [_end(scope, one) for _, one in sides.values()] == [expected, expected]


def _set(world: object, scope: str, resource: object, day: date | None) -> None:
    if scope == "resource":
        world.set_end_date(resource, day)
    else:
        world.set_project_end_date(resource.project, day)


def _end(scope: str, resource: object) -> date | None:
    return resource.end_date if scope == "resource" else resource.project.end_date


def test_a_date_that_was_taken_away_goes_on_b_too(stage: object) -> None:
    resource = stage.resource()
    stage.a.set_end_date(resource, JULY)
    stage.members()
    assert stage.target_of(resource).end_date == JULY
    move(stage)
    stage.a.set_end_date(resource, None)
    stage.members()
    assert stage.target_of(resource).end_date is None  # F17


def test_a_source_that_does_not_let_its_provider_end_projects_keeps_its_date(
    stage: object,
) -> None:
    resource = stage.resource()
    move(stage)
    stage.b.set_project_end_date(stage.target_of(resource).project, JULY)
    report = stage.members()
    assert resource.project.end_date is None
    assert (report.counts["erred"], report.counts["left"]) == (0, 0)


def test_end_dates_stay_where_they_are_not_synchronised(make: Callable[..., object]) -> None:
    stage = make(settings={"end_date_sync_direction": "disabled"})
    resource = stage.resource()
    stage.a.set_end_date(resource, JULY)
    stage.members()
    assert stage.target_of(resource).end_date is None


def test_ids_and_metadata_are_told(stage: object) -> None:
    resource = stage.resource()
    stage.target_of(resource).backend_id = "slurm_alloc_7"
    stage.members()
    assert resource.effective_id == "slurm_alloc_7"
    uuid = resource.backend_metadata["waldur_b_resource_uuid"]
    assert uuid.replace("-", "") == str(stage.target_of(resource).uuid).replace("-", "")


def test_projects_are_kept_in_line(stage: object) -> None:
    resource = stage.resource()
    ours, theirs = resource.project, stage.target_of(resource).project
    stage.b.add_science_sub_domain("1.5.2")
    stage.a.describe_project(
        ours,
        description="Older ice",
        oecd_fos_2007_code="1.5",
        is_industry=True,
        science_sub_domain=stage.a.add_science_sub_domain("1.5.2"),
    )
    stage.members()
    assert theirs.description == "Older ice"
    assert (theirs.oecd_fos_2007_code, theirs.is_industry) == ("1.5", True)
    assert theirs.science_sub_domain.code == "1.5.2"


def test_a_project_that_moves_to_another_organization_is_the_same_on_b(stage: object) -> None:
    resource = stage.resource()
    elsewhere = stage.a.add_customer("Elsewhere")
    stage.a.move_project(resource.project, elsewhere)
    stage.members()
    stage.resource("Another")
    (theirs,) = stage.b.state.projects.values()
    assert str(elsewhere.uuid).replace("-", "") in theirs.backend_id.replace("-", "")


def test_a_moved_resource_changes_nothing_of_its_former_project(stage: object) -> None:
    stays, moves = stage.resource("Stays"), stage.resource("Moves")
    elsewhere = stage.a.add_project(stage.federation.a.customer, "Elsewhere", description="Other")
    stage.a.grant(stage.a.add_user("bob@idp.test"), elsewhere)
    moves.project = elsewhere
    for _ in range(2):
        report = stage.members()
        assert stage.roles_on_b(stays) == {ADA: {"PROJECT.MEMBER"}}
        assert stage.target_of(stays).project.description == stays.project.description
        assert report.failed

    theirs = stage.b.add_project(stage.federation.b.customer, "Elsewhere on B")
    stage.target_of(moves).project = theirs
    assert not stage.members().failed
    assert stage.roles_on_b(moves).keys() == {"bob@idp.test"}
    assert stage.roles_on_b(stays).keys() == {ADA}


def test_what_vanished_from_b_is_told_and_nothing_else(stage: object) -> None:
    resource = stage.resource()
    stage.b.order_terminate(stage.target_of(resource))
    stage.federation.carry_out_all()
    assert stage.members().counts["missing"] == 1
    assert resource.state == "OK"


def test_a_token_that_sees_nothing_makes_nothing_missing(stage: object) -> None:
    resource = stage.resource()
    b = stage.federation.b
    stage.b.revoke(b.user, b.customer)
    report = stage.members_or_none()
    assert report is None or report.counts["missing"] == 0
    assert resource.state == "OK"


def test_names_are_pulled_back(make: Callable[..., object]) -> None:
    stage = make(offering_settings={"username_reconciliation_enabled": True}, manages_target=True)
    resource = stage.resource()
    a, b = stage.federation.a, stage.federation.b
    theirs = next(user for user in stage.b.state.users.values() if user.username == ADA)
    stage.b.set_username(theirs, b.offering, "slurm_ada")
    stage.members()
    account = stage.a.offering_user(stage.federation.member, a.offering)
    assert (account.username, account.state) == ("slurm_ada", "OK")  # F23
    assert stage.members().counts["added"] == 0
    assert resource.state == "OK"
