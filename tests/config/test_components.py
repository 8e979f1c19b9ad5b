"""The keys of a component, and writing components as plain values."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from waldur_site_agent.config.components import (
    BackendComponent,
    merge_remote_components,
    normalize_backend_components,
)

CPU = {"measured_unit": "k-Hours", "accounting_type": "limit", "label": "CPU"}
WHOLE_NUMBERS = (
    "min_value",
    "max_value",
    "max_available_limit",
    "default_limit",
    "min_prepaid_duration",
    "max_prepaid_duration",
    "prepaid_duration_step",
    "min_renewal_duration",
    "max_renewal_duration",
    "renewal_duration_step",
)
DEFAULTS = {
    "unit_factor": 1.0,
    "unit_factor_reporting": None,
    "limit": None,
    "description": None,
    "limit_period": None,
    "article_code": None,
    "is_boolean": None,
    "is_prepaid": None,
    **dict.fromkeys(WHOLE_NUMBERS),
}


def cpu(site: Any, **keys: Any) -> BackendComponent:
    offering = site.offering(backend_components={"cpu": {**CPU, **keys}})
    component: BackendComponent = offering.backend_components["cpu"]
    return component


def test_defaults(site: Any) -> None:
    assert cpu(site).model_dump() == {**CPU, **DEFAULTS}


@pytest.mark.parametrize(
    ("key", "written"),
    [
        *((key, 3) for key in WHOLE_NUMBERS),
        ("accounting_type", "usage"),
        ("accounting_type", "one"),
        ("unit_factor", 60000),
        ("unit_factor", 0.5),
        ("unit_factor_reporting", 60),
        ("limit", 100.5),
        ("description", "Processors"),
        ("limit_period", "annual"),
        ("limit_period", "month"),
        ("limit_period", "quarterly"),
        ("limit_period", "total"),
        ("article_code", "A-1"),
        ("is_boolean", True),
        ("is_prepaid", False),
    ],
)
def test_takes_and_writes_only_what_was_set(site: Any, key: str, written: object) -> None:
    assert cpu(site, **{key: written}).to_dict() == {**CPU, key: written}


@pytest.mark.parametrize(
    ("key", "written", "expected"),
    [
        *((key, "many", "a whole number") for key in WHOLE_NUMBERS),
        *((key, None, "text") for key in ("measured_unit", "label")),
        ("accounting_type", "limits", "'usage', 'limit' or 'one'"),
        ("unit_factor", "sixty", "a number"),
        ("unit_factor", float("inf"), "a number that is not infinite"),
        ("unit_factor_reporting", float("nan"), "a number that is not infinite"),
        ("limit", {}, "a number"),
        ("limit_period", "weekly", "'annual', 'month', 'quarterly' or 'total'"),
        ("is_boolean", 2, "true or false"),
    ],
)
def test_refuses(problem_of_offering: Any, key: str, written: object, expected: str) -> None:
    problem = problem_of_offering(backend_components={"cpu": {**CPU, key: written}})

    assert (problem.key, problem.expected) == (f"backend_components.cpu.{key}", expected)


@pytest.mark.parametrize("key", CPU)
def test_what_is_required(problem_of_offering: Any, key: str) -> None:
    rest = {name: value for name, value in CPU.items() if name != key}

    problem = problem_of_offering(backend_components={"gres/gpu": rest})

    assert problem.key == f"backend_components.gres/gpu.{key}"
    assert problem.expected == "a value: the key is required"


def test_a_plugins_own_keys_are_kept(site: Any) -> None:
    targets = {"gpu": {"factor": 2}}

    assert cpu(site, target_components=targets).plugin_keys == {"target_components": targets}
    assert cpu(site, target_components=targets).to_dict()["target_components"] == targets


def test_plain_values_are_copies(site: Any) -> None:
    component = cpu(site, target_components={"gpu": {}})

    component.to_dict()["target_components"]["gpu"]["factor"] = 9
    component.plugin_keys["target_components"].clear()

    assert component.plugin_keys == {"target_components": {"gpu": {}}}


def test_components_are_normalized_whichever_form_they_have() -> None:
    plain = {"cpu": dict(CPU), "mem": BackendComponent.model_validate(CPU)}

    assert normalize_backend_components(plain) == {"cpu": CPU, "mem": CPU}


@pytest.mark.parametrize("billing", ["usage", "fixed", "few", "something-new"])
def test_what_only_waldur_has_is_added_with_any_billing(billing: str) -> None:
    remote = SimpleNamespace(type="node", name="Nodes", measured_unit="", billing_type=billing)

    merged = merge_remote_components({"cpu": CPU}, [remote])

    assert merged == {
        "cpu": CPU,
        "node": {
            "measured_unit": "",
            "unit_factor": 1.0,
            "accounting_type": billing,
            "label": "Nodes",
        },
    }


def test_what_the_settings_say_wins_over_waldur() -> None:
    remote = SimpleNamespace(type="cpu", name="x", measured_unit="x", billing_type="usage")

    assert merge_remote_components({"cpu": CPU}, [remote]) == {"cpu": CPU}
