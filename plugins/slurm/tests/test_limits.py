from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waldur_site_agent_slurm.limits import LimitRules, months_between

CPU = {"cpu": {"unit_factor": 60000, "accounting_type": "limit"}}
CPU_MEM = {**CPU, "mem": {"unit_factor": 61440, "accounting_type": "limit"}}
NODE = {
    "node_hours": {
        "accounting_type": "limit",
        "target_components": {"cpu": {"factor": 3840}, "gres/gpu": {"factor": 240}},
    }
}


def prepaid(factor: int = 1) -> dict[str, Any]:
    return {"unit_factor": factor, "accounting_type": "one"}


@pytest.mark.parametrize(
    ("components", "ordered", "months", "expected"),
    [
        (CPU_MEM, {"cpu": 101, "mem": 301}, 1, {"cpu": 6060000, "mem": 18493440}),
        (CPU, {"cpu": 2}, 1, {"cpu": 120000}),
        ({"node": prepaid(60)}, {"node": 6}, 5, {"node": 1800}),
        ({"node": prepaid(60)}, {"node": 6}, 12, {"node": 4320}),
        ({"node": prepaid(60)}, {"node": 6}, 8, {"node": 2880}),
        ({"node": prepaid(60)}, {"node": 10}, 5, {"node": 3000}),
        ({"cpu": prepaid(), "gpu": prepaid()}, {"cpu": 100, "gpu": 4}, 6, {"cpu": 600, "gpu": 24}),
        (
            {"cpu": prepaid(), "gpu": {"accounting_type": "limit"}},
            {"cpu": 10, "gpu": 4},
            3,
            {"cpu": 30, "gpu": 4},
        ),
        (NODE, {"node_hours": 10}, 1, {"cpu": 38400, "gres/gpu": 2400}),
        (NODE, {"node_hours": 100}, 1, {"cpu": 384000, "gres/gpu": 24000}),
        (CPU, {"cpu": 0.1}, 1, {"cpu": 6000}),
        (CPU, {"unknown": 5}, 1, {}),
    ],
)
def test_to_slurm(components: Any, ordered: Any, months: int, expected: dict[str, int]) -> None:
    assert LimitRules(components).to_slurm(ordered, months=months) == expected


@pytest.mark.parametrize(
    ("created", "end", "months"),
    [
        (date(2026, 1, 15), date(2026, 6, 15), 5),
        (date(2026, 1, 10), date(2026, 4, 20), 4),
        (date(2026, 3, 1), date(2026, 3, 15), 1),
        (date(2026, 3, 20), date(2026, 3, 10), 1),
        (date(2026, 1, 1), date(2027, 1, 1), 12),
        (None, date(2026, 3, 10), 1),
        (date(2026, 3, 10), None, 1),
    ],
)
def test_months(created: date | None, end: date | None, months: int) -> None:
    assert months_between(created, end) == months


@given(cpu=st.integers(0, 10**9), mem=st.integers(0, 10**9))
def test_limits_come_back_as_they_went(cpu: int, mem: int) -> None:
    rules = LimitRules(CPU_MEM)
    assert rules.to_waldur(rules.to_slurm({"cpu": cpu, "mem": mem})) == {"cpu": cpu, "mem": mem}


@given(hours=st.integers(0, 10**9))
def test_mapped_limits_come_back_too(hours: int) -> None:
    rules = LimitRules(NODE)
    assert rules.to_waldur(rules.to_slurm({"node_hours": hours})) == {"node_hours": hours}


def test_reading_cuts_to_whole_waldur_units_and_leaves_prepaid_out() -> None:
    assert LimitRules(CPU).to_waldur({"cpu": 90000, "billing": 5}) == {"cpu": 1}
    assert LimitRules({"node": prepaid(60)}).to_waldur({"node": 1800}) == {}


def test_what_the_cluster_cannot_limit_is_told_once_and_stays_in_waldur(
    slurm: Any, make_backend: Any, make_resource: Any, caplog: pytest.LogCaptureFixture
) -> None:
    components = {**CPU, "consultancy": {"accounting_type": "limit"}}
    backend = make_backend(components)
    resource = make_resource(limits={"cpu": 900, "consultancy": 3})
    info = backend.create_resource_with_id(resource, "a_x1")
    assert info.limits == {"cpu": 900, "consultancy": 3}
    assert slurm.accounts["a_x1"].limits == {"cpu": 54000000}
    backend.set_resource_limits("a_x1", {"cpu": 901, "consultancy": 4})
    assert slurm.accounts["a_x1"].limits == {"cpu": 54060000}
    warnings = [r.getMessage() for r in caplog.records if "consultancy" in r.getMessage()]
    assert len(warnings) == 1


def test_fixed_caps_of_components_billed_by_usage(
    slurm: Any, make_backend: Any, make_resource: Any
) -> None:
    components = {"cpu": {"unit_factor": 60, "accounting_type": "usage", "limit": 10}}
    info = make_backend(components).create_resource_with_id(make_resource(limits={}), "a_x1")
    assert slurm.accounts["a_x1"].limits == {"cpu": 600}
    assert info.limits == {"cpu": 10}


def test_prepaid_limits_follow_the_end_date_and_are_written_once(
    slurm: Any, make_backend: Any, make_resource: Any
) -> None:
    backend = make_backend({"node": prepaid(60)})
    created = datetime(2026, 1, 15, tzinfo=UTC)
    resource = make_resource(limits={"node": 6}, created=created)
    backend.create_resource_with_id(resource, "a_x1")
    assert slurm.accounts["a_x1"].limits == {"node": 360}
    resource.end_date = date(2026, 6, 15)
    backend.sync_resource_end_date(resource, SimpleNamespace())
    assert slurm.accounts["a_x1"].limits == {"node": 1800}
    slurm.lines.clear()
    backend.sync_resource_end_date(resource, SimpleNamespace())
    assert slurm.writes == []


def test_unchanged_limits_are_not_written_and_others_stay(
    slurm: Any, backend: Any, make_resource: Any
) -> None:
    backend.create_resource_with_id(make_resource(), "a_x1")
    slurm.accounts["a_x1"].limits["billing"] = 77
    slurm.lines.clear()
    backend.set_resource_limits("a_x1", {"cpu": 2, "mem": 3})
    assert slurm.writes == []
    backend.set_resource_limits("a_x1", {"cpu": 101, "mem": 301})
    assert len(slurm.writes) == 1
    assert slurm.writes[0][-1] == "GrpTRESMins=cpu=6060000,mem=18493440"
    assert slurm.accounts["a_x1"].limits["billing"] == 77


def test_user_limits_are_one_command_and_exact(
    slurm: Any, backend: Any, make_resource: Any
) -> None:
    resource = make_resource()
    backend.create_resource_with_id(resource, "a_x1")
    backend.add_users_to_resource(resource, {"bob"})
    slurm.lines.clear()
    backend.set_resource_user_limits("a_x1", "bob", {"cpu": 1, "mem": 2})
    assert len(slurm.writes) == 1
    backend.set_resource_user_limits("a_x1", "bob", {"cpu": 1})
    assert backend.get_resource_user_limits("a_x1") == {"bob": {"cpu": 1}}
    backend.set_resource_user_limits("a_x1", "bob", {})
    assert backend.get_resource_user_limits("a_x1") == {}
    slurm.lines.clear()
    backend.set_resource_user_limits("a_x1", "bob", {})
    assert slurm.writes == []


class Waldur:
    def __init__(self) -> None:
        self.gateway = SimpleNamespace(resources=self)
        self.told: list[dict[str, float]] = []

    def set_limits(self, _uuid: object, limits: dict[str, float]) -> None:
        self.told.append(limits)


def test_waldur_is_told_only_of_real_changes(slurm: Any, backend: Any, make_resource: Any) -> None:
    resource = make_resource(limits={"cpu": 1.5, "mem": 3, "consultancy": 4})
    backend.create_resource_with_id(resource, "a_x1")
    waldur = Waldur()
    backend.sync_resource_limits(resource, waldur)
    assert waldur.told == []
    slurm.accounts["a_x1"].limits["cpu"] = 600000
    backend.sync_resource_limits(resource, waldur)
    assert waldur.told == [{"cpu": 10, "mem": 3, "consultancy": 4}]


def test_what_was_not_changed_on_the_cluster_is_told_as_it_was_ordered(
    slurm: Any, make_backend: Any, make_resource: Any
) -> None:
    fixed = {"gres/gpu": {"unit_factor": 60, "accounting_type": "usage", "limit": 5}}
    backend = make_backend({**CPU_MEM, **fixed})
    resource = make_resource(limits={"cpu": 1.5, "mem": 3})
    backend.create_resource_with_id(resource, "a_x1")
    slurm.accounts["a_x1"].limits["mem"] = 4 * 61440
    waldur = Waldur()
    backend.sync_resource_limits(resource, waldur)
    assert waldur.told == [{"cpu": 1.5, "mem": 4}]
