"""What a schema makes of settings; the cases that files seldom have."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from waldur_site_agent.plugins.enforcing import enforce


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Item(Closed):
    name: str
    size: int = 1
    note: str | None = None


class Other(Closed):
    kind: str = "other"


class Schema(Closed):
    items: list[Item] = []
    first: Item | None = None
    either: Item | Other | None = None
    count: int = Field(default=2, ge=0)
    optional: str | None = None


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    size: int = 1


@pytest.mark.parametrize(
    ("written", "values", "unknown"),
    [
        ({}, {"items": [], "count": 2}, ()),
        ({"optional": None}, {"items": [], "count": 2, "optional": None}, ()),
        ({"count": "3"}, {"items": [], "count": 3}, ()),
        (
            {"items": [{"name": "a"}, {"name": "b", "size": 5}]},
            {"items": [{"name": "a", "size": 1}, {"name": "b", "size": 5}], "count": 2},
            (),
        ),
        ({"own": 1}, {"items": [], "count": 2, "own": 1}, (("own",),)),
        (
            {"first": {"name": "a", "own": {"x": 1}}},
            {"items": [], "count": 2, "first": {"name": "a", "size": 1, "own": {"x": 1}}},
            (("first", "own"),),
        ),
        (
            {"items": [{"name": "a", "own": 1}]},
            {"items": [{"name": "a", "size": 1, "own": 1}], "count": 2},
            (("items", 0, "own"),),
        ),
    ],
)
def test_values_defaults_and_unknown_keys(
    written: dict[str, Any], values: dict[str, Any], unknown: tuple[object, ...]
) -> None:
    before = copy.deepcopy(written)

    enforced = enforce(Schema, written)

    assert (enforced.values, enforced.unknown, enforced.errors) == (values, unknown, ())
    assert written == before


def test_unknown_keys_that_a_schema_allows_are_values() -> None:
    assert enforce(Open, {"own": {"a": None}}).values == {"own": {"a": None}, "size": 1}


def test_mistakes_beside_an_unknown_key_are_all_told_once() -> None:
    written = {"own": 1, "count": -1, "first": {"own": 2}}

    enforced = enforce(Schema, written)

    assert enforced.values == written
    assert set(enforced.unknown) == {("own",), ("first", "own")}
    assert sorted(error["loc"] for error in enforced.errors) == [("count",), ("first", "name")]


def test_an_unknown_key_in_a_choice_of_blocks_is_a_mistake() -> None:
    """Which of the blocks was meant nobody knows, so the key cannot be set aside."""
    enforced = enforce(Schema, {"either": {"name": "a", "own": 1}})

    assert enforced.errors
    assert enforced.unknown == ()


settings = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["items", "first", "either", "count", "name", "size", "own"]),
            inner,
            max_size=4,
        )
    ),
)


@given(
    written=st.dictionaries(st.sampled_from(["items", "first", "either", "count", "own"]), settings)
)
def test_whatever_is_written_nothing_is_lost(written: dict[str, Any]) -> None:
    """Refused settings stay as they are; accepted ones keep every key that was written."""
    enforced = enforce(Schema, written)

    assert enforced.values == written if enforced.errors else set(enforced.values) >= set(written)
