from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE
from waldur_site_agent_slurm.limits import LimitRules
from waldur_site_agent_slurm.settings import MappedUsage
from waldur_site_agent_slurm.usage_rules import UsageRules

PLAIN = {
    "cpu": {"unit_factor": 60000, "accounting_type": "limit"},
    "mem": {"unit_factor": 61440, "accounting_type": "usage"},
    "gres/gpu": {"unit_factor": 60},
}
NODE_HOURS = {
    "node_hours": {
        "accounting_type": "limit",
        "unit_factor": 7,
        "target_components": {"cpu": {"factor": 3840}, "gres/gpu": {"factor": 240}},
    }
}
CPU, GPU = 60 * 3840, 60 * 240
"""TRES-seconds of a node-hour."""


def rules_of(components: dict[str, Any], mapped: str = "sum") -> UsageRules:
    return UsageRules(components, LimitRules(components), mapped=MappedUsage(mapped))


def amounts(
    components: dict[str, Any], seconds: dict[str, int], mapped: str = "sum"
) -> dict[str, float]:
    report = rules_of(components, mapped).to_waldur({"u": seconds})
    assert report["u"] == report[TOTAL_ACCOUNT_USAGE]
    return report["u"]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ({}, {"cpu": 0, "mem": 0, "gres/gpu": 0}),
        ({"cpu": 60 * 60000}, {"cpu": 1, "mem": 0, "gres/gpu": 0}),
        ({"cpu": 300 * 60, "mem": 61440 * 120}, {"cpu": 0.005, "mem": 2, "gres/gpu": 0}),
        ({"gres/gpu": 3601, "billing": 9}, {"cpu": 0, "mem": 0, "gres/gpu": 3601 / 3600}),
    ],
)
def test_plain_components_go_by_their_factors_and_are_not_rounded(
    seconds: dict[str, int], expected: dict[str, float]
) -> None:
    assert amounts(PLAIN, seconds) == expected


def test_a_factor_of_its_own_for_reporting() -> None:
    components = {"cpu": {"unit_factor": 60000, "unit_factor_reporting": 60}}
    assert amounts(components, {"cpu": 3600}) == {"cpu": 1}


def test_where_there_are_targets_their_factors_carry_everything() -> None:
    mapped = {"x": {**NODE_HOURS["node_hours"], "unit_factor": 7, "unit_factor_reporting": 9}}
    assert amounts(mapped, {"cpu": 5 * CPU}) == {"x": 5}


@pytest.mark.parametrize(
    ("key", "value"), [("unit_factor", 0), ("unit_factor_reporting", 0), ("unit_factor", -1)]
)
def test_a_factor_that_cannot_divide_is_told(key: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"backend_components.cpu.{key}"):
        rules_of({"cpu": {key: value}})


@pytest.mark.parametrize(
    ("mapped", "seconds", "node_hours"),
    [
        # An order of 100, fully used in both of its targets, in one, and in parts.
        ("sum", {"cpu": 100 * CPU, "gres/gpu": 100 * GPU}, 200),
        ("max", {"cpu": 100 * CPU, "gres/gpu": 100 * GPU}, 100),
        ("mean", {"cpu": 100 * CPU, "gres/gpu": 100 * GPU}, 100),
        ("sum", {"cpu": 100 * CPU}, 100),
        ("max", {"cpu": 100 * CPU}, 100),
        ("mean", {"cpu": 100 * CPU}, 50),
        ("sum", {"cpu": 30 * CPU, "gres/gpu": 50 * GPU}, 80),
        ("max", {"cpu": 30 * CPU, "gres/gpu": 50 * GPU}, 50),
        ("mean", {"cpu": 30 * CPU, "gres/gpu": 50 * GPU}, 40),
        ("sum", {}, 0),
        ("max", {}, 0),
        ("mean", {}, 0),
    ],
)
def test_a_component_with_several_targets(
    mapped: str, seconds: dict[str, int], node_hours: float
) -> None:
    assert amounts(NODE_HOURS, seconds, mapped) == {"node_hours": node_hours}


def test_of_targets_the_most_used_by_the_account_counts_for_everybody() -> None:
    used = {"alice": {"cpu": 70 * CPU, "gres/gpu": GPU}, "bob": {"cpu": CPU, "gres/gpu": 60 * GPU}}
    report = rules_of(NODE_HOURS, "max").to_waldur(used)
    assert {user: found["node_hours"] for user, found in report.items()} == {
        TOTAL_ACCOUNT_USAGE: 71,
        "alice": 70,
        "bob": 1,
    }


def test_a_target_that_nothing_counts_for() -> None:
    free = {"x": {"target_components": {"cpu": {"factor": 0}, "gres/gpu": {"factor": 1}}}}
    assert amounts(free, {"cpu": 60, "gres/gpu": 120}, "mean") == {"x": 2}
    nothing = {"x": {"target_components": {"cpu": {"factor": 0}}}}
    for mapped in MappedUsage:
        assert amounts(nothing, {"cpu": 60}, mapped) == {"x": 0}


def test_two_components_that_share_a_target_are_both_charged_with_it() -> None:
    shared = {
        "a": {"target_components": {"cpu": {"factor": 2}}},
        "b": {"target_components": {"cpu": {"factor": 3}}},
    }
    assert amounts(shared, {"cpu": 60 * 60}) == {"a": 30, "b": 20}


@pytest.mark.parametrize("kind", ["limit", "one", "usage"])
def test_a_component_beside_mapped_ones_is_used_in_the_units_in_which_it_is_limited(
    kind: str,
) -> None:
    components = {**NODE_HOURS, "mem": {"unit_factor": 1024, "accounting_type": kind}}
    limit = LimitRules(components).to_slurm({"mem": 5})["mem"]
    assert amounts(components, {"mem": limit * 60})["mem"] == 5


def test_jobs_of_nobody_are_in_the_total_alone() -> None:
    report = rules_of(PLAIN).to_waldur({"": {"gres/gpu": 3600}, "u": {"gres/gpu": 7200}})
    assert {user: found["gres/gpu"] for user, found in report.items()} == {
        TOTAL_ACCOUNT_USAGE: 3,
        "u": 2,
    }


USED = st.dictionaries(
    st.sampled_from(["alice", "bob", "carol"]),
    st.dictionaries(st.sampled_from(["cpu", "gres/gpu"]), st.integers(0, 10**12)),
)


@given(used=USED, mapped=st.sampled_from(MappedUsage))
def test_users_add_up_to_the_total(used: dict[str, dict[str, int]], mapped: MappedUsage) -> None:
    report = rules_of(NODE_HOURS, mapped).to_waldur(used)
    whole = report.pop(TOTAL_ACCOUNT_USAGE)["node_hours"]
    parts = sum(Fraction(each["node_hours"]) for each in report.values())
    assert float(parts) == pytest.approx(whole, rel=1e-12)
