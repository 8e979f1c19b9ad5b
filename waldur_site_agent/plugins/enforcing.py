"""Holding settings to a plugin's schema, and adding the schema's defaults. Pure."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from waldur_site_agent.config.expectations import UNKNOWN_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic_core import ErrorDetails

Path = tuple[int | str, ...]


@dataclass(frozen=True, kw_only=True)
class Enforced:
    """What a schema made of some settings.

    Attributes:
        values: what the plugin gets: what was set, as the schema reads it; the schema's defaults
            except None; and the unknown keys as they were written. As they were when there are
            ``errors``.
        errors: why the settings cannot be used.
        unknown: paths of keys that the schema forbids.
    """

    values: dict[str, Any]
    errors: tuple[ErrorDetails, ...] = ()
    unknown: tuple[Path, ...] = ()


def enforce(schema: type[BaseModel], values: Mapping[str, Any]) -> Enforced:
    """Hold settings to a schema.

    A ``None`` default is left out, because plugins of the 1.x agent use ``.get(key, default)``.

    Args:
        schema: a plugin's.
        values: as they were written; not changed.
    """
    model, errors = _validate(schema, values)
    unknown = tuple(
        error["loc"]
        for error in errors
        if error["type"] == UNKNOWN_KEY and _reaches(values, error["loc"])
    )
    if unknown:
        model, again = _validate(schema, _without(values, unknown))
        errors = _each_once([*(e for e in errors if e["loc"] not in unknown), *again])
    if model is None or errors:
        return Enforced(values=copy.deepcopy(dict(values)), errors=tuple(errors), unknown=unknown)
    effective = _filled(model.model_dump(exclude_unset=True), model.model_dump())
    return Enforced(values=_with(effective, values, unknown), unknown=unknown)


def _validate(
    schema: type[BaseModel], values: Mapping[str, Any]
) -> tuple[BaseModel | None, list[ErrorDetails]]:
    try:
        return schema.model_validate(copy.deepcopy(dict(values))), []
    except ValidationError as error:
        return None, error.errors(include_url=False)


def _each_once(errors: Iterable[ErrorDetails]) -> list[ErrorDetails]:
    return list({(error["loc"], error["type"]): error for error in errors}.values())


def _filled(was_set: Any, everything: Any) -> Any:
    """Add to what was set what a schema adds by default, at every depth, except None."""
    if isinstance(was_set, dict) and isinstance(everything, dict):
        defaults = {
            key: _filled({}, value) if isinstance(value, dict) else value
            for key, value in everything.items()
            if key not in was_set and value is not None
        }
        return {key: _filled(v, everything.get(key)) for key, v in was_set.items()} | defaults
    if isinstance(was_set, list) and isinstance(everything, list):
        return [_filled(*pair) for pair in zip(was_set, everything, strict=True)]
    return was_set


def _reaches(values: Any, path: Path) -> bool:
    """Whether a path leads to a key; the paths of unions do not always."""
    for step in path[:-1]:
        try:
            values = values[step]
        except (KeyError, IndexError, TypeError):
            return False
    return isinstance(values, dict) and path[-1] in values


def _without(values: Mapping[str, Any], paths: Iterable[Path]) -> dict[str, Any]:
    rest = copy.deepcopy(dict(values))
    for path in paths:
        del _parent(rest, path)[path[-1]]
    return rest


def _with(
    effective: dict[str, Any], values: Mapping[str, Any], paths: Iterable[Path]
) -> dict[str, Any]:
    """Put keys back where they were, as far as the schema kept the place."""
    for path in paths:
        if _reaches_parent(effective, path):
            _parent(effective, path)[path[-1]] = copy.deepcopy(_parent(values, path)[path[-1]])
    return effective


def _reaches_parent(values: Any, path: Path) -> bool:
    try:
        return isinstance(_parent(values, path), dict)
    except (KeyError, IndexError, TypeError):
        return False


def _parent(values: Any, path: Path) -> Any:
    for step in path[:-1]:
        values = values[step]
    return values
