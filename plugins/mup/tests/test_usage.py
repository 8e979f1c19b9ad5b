"""What MUP says was used goes to Waldur, or nothing does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE
from waldur_site_agent_testkit.mastermind.faults import BrokenJson, DropConnection, Status

if TYPE_CHECKING:
    from mup_stand_in.portal import MupStandIn


@pytest.fixture
def resource(setting: Any) -> Any:
    made = setting.create(cpu=10, gpu=3)
    setting.forget()
    return made


def measured(setting: Any, *ids: str, month: int | None = None) -> Any:
    now = datetime.now(UTC)
    return setting.backend().measure_usage(ids, now.year, month or now.month)


def names(resource: Any) -> tuple[str, str]:
    return resource.backend_id, resource.backend_id.replace("_cpu", "_gpu")


def test_each_allocation_is_its_components(setting: Any, mup: MupStandIn, resource: Any) -> None:
    cpu, gpu = names(resource)
    mup.use(cpu, pia=3600, ana="3659.9", TOTAL=7250, **{" ": 1})
    mup.use(gpu, pia=2)

    told = measured(setting, cpu)

    assert told.report == {
        cpu: {
            TOTAL_ACCOUNT_USAGE: {"cpu": 7250 / 60, "gpu": 2},
            "pia": {"cpu": 60, "gpu": 2},
            "ana": {"cpu": 3659.9 / 60},
        }
    }


def test_a_report_pass_tells_waldur(setting: Any, mup: MupStandIn, resource: Any) -> None:
    mup.use(names(resource)[0], pia=120)

    setting.report()

    today = setting.world.clock.today()
    used = setting.world.usages(resource, today.replace(day=1))
    assert {name: float(amount) for name, amount in used.items() if amount} == {"cpu": 2}


@pytest.mark.parametrize(
    "fault", [Status(500), Status(404), DropConnection(), BrokenJson()], ids=type
)
def test_what_cannot_be_read_is_left_out(
    setting: Any, mup: MupStandIn, resource: Any, fault: object
) -> None:
    other = setting.create("b", cpu=1)
    mup.use(names(resource)[0], pia=60)
    mup.use(other.backend_id, pia=60)
    gpu = mup.named(names(resource)[1])
    mup.faults.add(match=f"allocations/{gpu.id}/usage", action=fault, times=None)

    told = measured(setting, resource.backend_id, other.backend_id)

    assert set(told.report) == {other.backend_id}
    assert set(told.unmeasured) == {resource.backend_id}


def test_an_outage_leaves_the_rest_out(setting: Any, mup: MupStandIn, resource: Any) -> None:
    ids = [resource.backend_id, *(setting.create(f"r{n}", cpu=1).backend_id for n in range(5))]
    setting.forget()
    mup.faults.add(match="*", action=Status(503), times=None)

    told = measured(setting, *ids)

    assert (told.report, set(told.unmeasured)) == ({}, set(ids))
    assert len(mup.asked) == 6, "one read and one ping, each tried three times"


def test_what_is_not_there_is_unmeasured(setting: Any) -> None:
    assert set(measured(setting, "1_1").unmeasured) == {"1_1"}


def test_other_months_are_not_recorded(setting: Any, mup: MupStandIn, resource: Any) -> None:
    other = datetime.now(UTC).month % 12 + 1

    told = measured(setting, resource.backend_id, month=other)

    assert told.unrecorded == {resource.backend_id}
    assert mup.asked == []


def test_a_month_that_ends_meanwhile_is_not_reported(
    setting: Any, mup: MupStandIn, resource: Any
) -> None:
    with time_machine.travel(datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC)) as clock:
        mup.observers.append(lambda asked, _phase: "usage" in str(asked) and clock.shift(10))

        told = setting.backend().measure_usage([resource.backend_id], 2026, 3)

    assert told.report == {}
    assert set(told.unmeasured) == {resource.backend_id}
