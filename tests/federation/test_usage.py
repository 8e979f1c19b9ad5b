"""What was used on B is told to A, and what could not be read is not."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent_testkit.mastermind.faults import Status

if TYPE_CHECKING:
    from collections.abc import Callable


def use(stage: object, resource: object, **amounts: str) -> dict[str, object]:
    target, now = stage.target_of(resource), stage.b.clock.now()
    return {
        component: stage.b.use(target, component, amount, now)
        for component, amount in amounts.items()
    }


def told(stage: object, resource: object) -> dict[str, Decimal]:
    now = stage.a.clock.now()
    return stage.a.usages(resource, date(now.year, now.month, 1))


@pytest.mark.parametrize(
    ("mapped", "expected"), [("sum", "180.00"), ("max", "100.00"), ("mean", "90.00")]
)
def test_usage_comes_back_in_as_components(
    make: Callable[..., object], mapped: str, expected: str
) -> None:
    stage = make(settings={"mapped_usage": mapped})
    resource = stage.resource()
    use(stage, resource, gpu_hours="500", storage_gb_hours="800")
    stage.report()
    assert told(stage, resource) == {"node_hours": Decimal(expected)}  # F2


def test_users_have_their_part(stage: object) -> None:
    resource = stage.resource()
    used = use(stage, resource, gpu_hours="100")
    stage.b.use_by_user(used["gpu_hours"], "slurm_ada", "60")
    stage.report()
    now = stage.a.clock.now()
    assert stage.a.user_usages(resource, date(now.year, now.month, 1)) == {
        ("slurm_ada", "node_hours"): Decimal("12.00")
    }
    assert told(stage, resource) == {"node_hours": Decimal("20.00")}


def test_an_idle_resource_has_used_nothing(stage: object) -> None:
    resource = stage.resource()
    stage.report()
    assert told(stage, resource) == {"node_hours": Decimal("0.00")}


@pytest.mark.parametrize(
    "call", ["component-usages", "component-user-usages", "marketplace-resources"]
)
@pytest.mark.parametrize("status", [500, 403])
def test_what_could_not_be_read_is_not_told(stage: object, call: str, status: int) -> None:
    """F6, the other way round: a failure is not zero."""
    resource = stage.resource()
    use(stage, resource, gpu_hours="500")
    stage.b.faults.add(match=call, action=Status(status), times=None)
    with suppress(BackendUnavailableError):
        assert stage.report().counts["unmeasured"] == 1
    assert told(stage, resource) == {}


def test_what_b_does_not_show_was_not_measured(stage: object) -> None:
    resource = stage.resource()
    now, other = stage.b.clock.now(), str(UUID(int=7))
    with stage.site() as site:
        measured = site.backend.measure_usage([resource.backend_id, other], now.year, now.month)
    assert set(measured.report) == {resource.backend_id}
    assert set(measured.unmeasured) == {other}


def test_of_months_before_a_resource_was_made_there_is_no_record(stage: object) -> None:
    resource = stage.resource()
    now = stage.b.clock.now()
    with stage.site() as site:
        ids = [resource.backend_id]
        assert site.backend.measure_usage(ids, now.year - 1, now.month).unrecorded == set(ids)
        assert site.backend.measure_usage(ids, now.year, now.month).unrecorded == set()


def test_both_listings_ask_for_the_month(stage: object) -> None:
    stage.resource()
    calls = stage.calls_to_b(stage.report)
    now = stage.b.clock.now()
    month = f"{now.year}-{now.month:02}-01"
    asked = [call for call in calls if "usages" in call.path]
    assert len(asked) == 2
    assert all(f"billing_period={month}" in call.query for call in asked)  # F7


def test_many_resources_take_two_listings(stage: object) -> None:
    resources = [stage.resource(f"R{number}") for number in range(6)]
    for number, resource in enumerate(resources):
        use(stage, resource, gpu_hours=str(5 * number))
    calls = stage.calls_to_b(stage.report)
    assert [told(stage, one)["node_hours"] for one in resources] == list(range(6))
    assert len([call for call in calls if "usages" in call.path]) == 2
