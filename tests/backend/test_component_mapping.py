"""Components that stand for several of the backend's: the 1.x agent's worked numbers, and more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waldur_site_agent.backend.component_mapping import (
    ComponentMapper,
    ReverseMapping,
    TargetMapping,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent.backend.component_types import Components


def components(mapping: Mapping[str, Mapping[str, float]]) -> Components:
    return {
        name: {"target_components": {t: {"factor": f} for t, f in targets.items()}}
        for name, targets in mapping.items()
    }


FAN_OUT = {"node_hours": {"gpu_hours": 5, "storage_gb_hours": 10}}
FAN_IN = {"a": {"t": 2}, "b": {"t": 3}}
MIXED: dict[str, dict[str, float]] = {"node_hours": {"gpu_hours": 5}, "storage": {}}
IDENTITY: dict[str, dict[str, float]] = {"cpu": {}, "mem": {}}
TENTH = {"x": {"y": 0.1}}
GRES = {"node_hours": {"cpu": 3840, "gres/gpu": 240}}

FORWARD = [
    pytest.param(
        FAN_OUT, {"node_hours": 100}, {"gpu_hours": 500, "storage_gb_hours": 1000}, id="C1"
    ),
    pytest.param(FAN_IN, {"a": 10, "b": 10}, {"t": 50}, id="C7"),
    pytest.param(
        MIXED, {"node_hours": 100, "storage": 50}, {"gpu_hours": 500, "storage": 50}, id="C9"
    ),
    pytest.param(IDENTITY, {"unknown_comp": 42}, {"unknown_comp": 42}, id="C11"),
    pytest.param(TENTH, {"x": 3}, {"y": 0}, id="C12 of 3"),
    pytest.param(TENTH, {"x": 7}, {"y": 0}, id="C12 of 7"),
    pytest.param(TENTH, {"x": 9}, {"y": 0}, id="C12 of 9"),
    pytest.param(GRES, {"node_hours": 100}, {"cpu": 384000, "gres/gpu": 24000}, id="C13"),
    pytest.param({"x": {"y": 100}}, {"x": 0.29}, {"y": 29}, id="exact, where floats give 28"),
]

REVERSE = [
    pytest.param(
        FAN_OUT, {"gpu_hours": 500, "storage_gb_hours": 800}, {"node_hours": 180.0}, id="C2"
    ),
    pytest.param(FAN_OUT, {"gpu_hours": 500}, {"node_hours": 100.0}, id="C3"),
    pytest.param(
        FAN_OUT, {"gpu_hours": 500, "storage_gb_hours": 1000}, {"node_hours": 200.0}, id="C4"
    ),
    pytest.param(FAN_OUT, {"unknown": 100}, {}, id="C5"),
    pytest.param(
        FAN_OUT, {"gpu_hours": 0, "storage_gb_hours": 0}, {"node_hours": 0.0}, id="C6 zeros"
    ),
    pytest.param(FAN_OUT, {}, {}, id="C6 nothing"),
    pytest.param(FAN_IN, {"t": 50}, {"a": 25.0, "b": 16.67}, id="C8"),
    pytest.param(
        MIXED, {"gpu_hours": 500, "storage": 50}, {"node_hours": 100.0, "storage": 50.0}, id="C10"
    ),
    pytest.param({"x": {"y": 0}}, {"y": 50}, {"x": 0.0}, id="factor 0"),
]

INVERSE = [
    pytest.param(FAN_OUT, {"gpu_hours": 500, "storage_gb_hours": 1000}, {"node_hours": 100}),
    pytest.param(FAN_OUT, {"gpu_hours": 500}, {"node_hours": 100}),
    pytest.param(FAN_OUT, {"gpu_hours": 500, "storage_gb_hours": 800}, {"node_hours": 80}),
    pytest.param(FAN_IN, {"t": 50}, {}),
    pytest.param({"x": {"s": 1, "t": 1}}, {"s": 4, "t": 5}, {"x": 4}),
    pytest.param({"x": {"y": 1.5}}, {"y": 4}, {"x": 3}),
    pytest.param(IDENTITY, {"cpu": 4, "other": 9}, {"cpu": 4}),
    pytest.param({"x": {"y": 0}}, {"y": 4}, {}),
    pytest.param(IDENTITY, {"cpu": -1}, {"cpu": -1}),
]


@pytest.mark.parametrize(("mapping", "limits", "expected"), FORWARD)
def test_turns_limits_into_the_backends(
    mapping: dict[str, dict[str, float]], limits: dict[str, float], expected: dict[str, int]
) -> None:
    found = ComponentMapper(components(mapping)).convert_limits_to_target(limits)

    assert found == expected
    assert {type(amount) for amount in found.values()} <= {int}


@pytest.mark.parametrize(("mapping", "usage", "expected"), REVERSE)
def test_turns_usage_back(
    mapping: dict[str, dict[str, float]], usage: dict[str, float], expected: dict[str, float]
) -> None:
    found = ComponentMapper(components(mapping)).convert_usage_from_target(usage)

    assert {name: round(amount, 2) for name, amount in found.items()} == expected
    assert {type(amount) for amount in found.values()} <= {float}


@pytest.mark.parametrize(("mapping", "limits", "expected"), INVERSE)
def test_inverts_limits(
    mapping: dict[str, dict[str, float]], limits: dict[str, float], expected: dict[str, int]
) -> None:
    assert ComponentMapper(components(mapping)).invert_limits(limits) == expected


@pytest.mark.parametrize(
    ("mapping", "passthrough"),
    [
        ({}, True),
        (IDENTITY, True),
        (MIXED, False),
        ({"a": {"a": 1}}, True),
        ({"a": {"b": 1}}, False),
    ],
)
def test_knows_whether_every_component_stands_for_itself(
    mapping: dict[str, dict[str, float]], passthrough: bool
) -> None:
    assert ComponentMapper(components(mapping)).is_passthrough is passthrough


def test_tells_both_sides() -> None:
    mapper = ComponentMapper(components(FAN_OUT))

    assert mapper.source_components == {"node_hours"}
    assert mapper.target_components == {"gpu_hours", "storage_gb_hours"}
    assert mapper.forward["node_hours"][0] == TargetMapping("gpu_hours", 5.0)
    assert mapper.reverse["gpu_hours"] == [ReverseMapping("node_hours", 5.0)]


def test_a_factor_is_1_where_none_is_said() -> None:
    mapper = ComponentMapper({"a": {"target_components": {"b": {}, "c": None}}})

    assert mapper.convert_limits_to_target({"a": 7}) == {"b": 7, "c": 7}


@pytest.mark.parametrize("factor", ["much", -1, float("nan"), None])
def test_a_factor_that_is_none_is_named(factor: object) -> None:
    with pytest.raises(ValueError, match=r"backend_components\.a\.target_components\.b\.factor"):
        ComponentMapper({"a": {"target_components": {"b": {"factor": factor}}}})


factors = st.decimals(min_value="0.01", max_value="5000", places=2).map(float)
names = st.sampled_from("stuvwxyz")
amounts = st.integers(min_value=0, max_value=10**9)


@st.composite
def exclusive_mappings(draw: st.DrawFn) -> tuple[dict[str, dict[str, float]], dict[str, int]]:
    """Sources that share no target, and limits for all of them."""
    mapping: dict[str, dict[str, float]] = {}
    for source in draw(st.sets(st.sampled_from("abc"), min_size=1)):
        targets = draw(st.sets(names, max_size=3))
        mapping[source] = {f"{source}.{target}": draw(factors) for target in targets}
    return mapping, {source: draw(amounts) for source in mapping}


@given(exclusive_mappings())
def test_limits_survive_the_way_there_and_back(
    case: tuple[dict[str, dict[str, float]], dict[str, int]],
) -> None:
    mapping, limits = case
    mapper = ComponentMapper(components(mapping))
    there = mapper.convert_limits_to_target(limits)

    back = mapper.invert_limits(there)

    assert back.keys() == limits.keys()
    assert mapper.convert_limits_to_target(back) == there
    assert all(back[source] <= limits[source] for source in limits)


@given(
    st.dictionaries(names, st.integers(min_value=1, max_value=5000), min_size=1),
    amounts,
)
def test_whole_factors_lose_nothing(targets: dict[str, int], amount: int) -> None:
    mapper = ComponentMapper(components({"a": targets}))

    assert mapper.invert_limits(mapper.convert_limits_to_target({"a": amount})) == {"a": amount}
