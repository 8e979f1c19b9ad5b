"""Reading tolerantly: whatever comes is a model or a ContractError."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from waldur_site_agent.waldur import models, wire
from waldur_site_agent.waldur.errors import ContractError
from waldur_site_agent.waldur.models import FreeForm, Label, OfferingDetails, Order, Resource
from waldur_site_agent.waldur.models.states import BillingType, OrderState

HEX = "e2ef0000000000000000000000000b01"
MODELS = [
    model
    for model in vars(models).values()
    if isinstance(model, type) and issubclass(model, Struct)
]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@st.composite
def rows(draw: st.DrawFn) -> tuple[type[Struct], Any]:
    """A model, and an object with that model's keys and any values."""
    model = draw(st.sampled_from(MODELS))
    names = st.sampled_from(wire.fields_of(model))
    row = draw(st.dictionaries(names | st.text(max_size=5), JSON, max_size=6))
    return model, ({"uuid": HEX, "type": "cpu"} | row if draw(st.booleans()) else row)


@given(rows())
def test_any_object_converts_or_breaks_the_contract(case: tuple[type[Struct], Any]) -> None:
    model, row = case
    try:
        assert isinstance(wire.read(row, model), model)
    except ContractError as error:
        assert str(error)  # noqa: PT017 - both endings are right; the text must be writable


@given(st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_body_decodes_or_breaks_the_contract(body: bytes) -> None:
    try:
        wire.decode(body)
    except ContractError as error:
        assert "JSON" in str(error)  # noqa: PT017 - both endings are right


def test_depth_does_no_harm() -> None:
    with pytest.raises(ContractError):
        wire.decode(b"[" * 100_000)


@given(st.uuids(), st.sampled_from(["hex", "dashed", "upper"]))
def test_uuids_come_in_every_form(uuid: UUID, form: str) -> None:
    text = {"hex": uuid.hex, "dashed": str(uuid), "upper": str(uuid).upper()}[form]
    assert wire.read({"uuid": text}, Resource).uuid == uuid


def test_nulls_and_unknown_fields_are_as_absent() -> None:
    row = {"uuid": HEX, "name": None, "limits": None, "state": None, "endpoints": None, "new": 1}
    assert wire.read(row, Resource) == Resource(uuid=UUID(HEX))


def test_what_rows_repeat_is_kept_once() -> None:
    row = {"uuid": HEX, "project_uuid": HEX, "project_name": "Bench project", "state": "OK"}
    one, other = (wire.read(json.loads(json.dumps(row)), Resource) for _ in range(2))
    assert one.project_uuid is other.project_uuid
    assert one.project_name is other.project_name
    assert one.state is other.state


@pytest.mark.parametrize("value", ["x", 7, [], True])
def test_what_is_no_uuid_breaks_the_contract(value: object) -> None:
    with pytest.raises(ContractError, match="project_uuid"):
        wire.read({"uuid": HEX, "project_uuid": value}, Resource)


def test_nulls_inside_of_nested_models_are_as_absent() -> None:
    row = {"components": [{"type": "cpu", "billing_type": "limit", "limit_period": None}]}
    (component,) = wire.read(row, OfferingDetails).components
    assert component.limit_period == ""
    assert component.billing_type == BillingType.LIMIT


def test_nulls_inside_of_free_forms_are_kept() -> None:
    assert wire.read({"uuid": HEX, "limits": {"cpu": None}}, Resource).limits == {"cpu": None}


def test_decimals_may_be_text() -> None:
    row = {"components": [{"type": "cpu", "limit_amount": "10.50", "max_value": 3}]}
    (component,) = wire.read(row, OfferingDetails).components
    assert (component.limit_amount, component.max_value) == (10.5, 3.0)


def test_moments_have_a_time_zone() -> None:
    read = wire.read({"uuid": HEX, "created": "2026-11-23T16:24:38.5Z"}, Order)
    assert read.created == datetime(2026, 11, 23, 16, 24, 38, 500_000, tzinfo=UTC)
    with pytest.raises(ContractError, match="created"):
        wire.read({"uuid": HEX, "created": "2026-11-23T16:24:38"}, Order)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({}, "uuid"),
        ({"uuid": "nonsense"}, "uuid"),
        ({"uuid": HEX, "limits": [1]}, "limits"),
        ({"uuid": HEX, "state": 5}, "state"),
        ([], "list"),
        ("text", "str"),
    ],
)
def test_the_error_names_the_field(row: object, words: str) -> None:
    with pytest.raises(ContractError, match=words):
        wire.read(row, Resource)


def test_the_error_does_not_quote_values() -> None:
    with pytest.raises(ContractError) as caught:
        wire.read({"uuid": HEX, "created_by_email": ["jane@example.org"]}, Order)
    assert "jane" not in str(caught.value)


def test_labels_equal_enumerations_and_stay_open() -> None:
    label = wire.read({"uuid": HEX, "state": "executing"}, Order).state
    assert label == OrderState.EXECUTING
    assert label in {OrderState.EXECUTING, OrderState.DONE}
    assert label != OrderState.DONE
    assert label.value == "executing"
    assert type(label.value) is str
    assert wire.read({"uuid": HEX, "state": "novel"}, Order).state == "novel"


def test_free_forms_are_dictionaries_with_two_old_names() -> None:
    form = wire.read({"uuid": HEX, "limits": {"cpu": 1, "gres/gpu": 0.5}}, Resource).limits
    assert isinstance(form, FreeForm)
    assert isinstance(form, dict)
    assert "cpu" in form
    assert form["gres/gpu"] == 0.5
    assert form.to_dict() == {"cpu": 1, "gres/gpu": 0.5}
    assert type(form.to_dict()) is dict
    form.to_dict()["cpu"] = 2
    form.additional_properties["mem"] = 3
    assert form == {"cpu": 1, "gres/gpu": 0.5, "mem": 3}


def test_defaults_are_not_shared() -> None:
    first, second = Resource(uuid=UUID(HEX)), Resource(uuid=UUID(HEX))
    first.limits["cpu"] = 1
    assert second.limits == {}


def test_plugins_may_assign_to_what_they_receive() -> None:
    resource = Resource(uuid=UUID(HEX))
    resource.limits = FreeForm(cpu=1)
    resource.backend_id = "hpc_one"
    assert (resource.limits, resource.backend_id) == ({"cpu": 1}, "hpc_one")


def test_our_own_types_are_written_as_what_they_are() -> None:
    value = {"a": Label("x"), "b": FreeForm(c=1), "d": OrderState.DONE}
    assert json.loads(wire.encode(value)) == {"a": "x", "b": {"c": 1}, "d": "done"}


def test_fields_are_those_of_the_model_and_hold_no_token() -> None:
    assert wire.fields_of(models.AttributeConfig) == ("exposed_fields",)
    assert {"uuid", "limits", "backend_id"} <= set(wire.fields_of(Resource))
    assert "token" not in wire.fields_of(models.CurrentUser)
    assert "api_key" not in wire.fields_of(models.ApiKey)


def test_the_names_of_the_generated_client_exist() -> None:
    assert wire.read({"uuid": HEX, "type": "Create"}, Order).type_ == "Create"
    assert models.OfferingComponent(type="cpu").type_ == "cpu"
    assert models.Partition(partition_name="gpu").name == "gpu"
