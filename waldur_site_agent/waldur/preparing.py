"""What is done to decoded JSON before a model is made of it.

Nulls and fields that nobody reads are left out. What the rows of a listing repeat, such as the
name of their project, is kept once: that halves what ten thousand resources take.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from functools import cache, lru_cache, partial
from uuid import UUID

import msgspec

Preparation = Callable[[object], object]

SHARED = 8192
"""So many different texts, and so many UUIDs, are remembered for sharing."""
LONGEST_SHARED = 64
OWN_UUID = "uuid"
"""What names the row itself, and so is never repeated."""


def prepared(raw: object, model: type[msgspec.Struct]) -> object:
    """Prepare an object, or a list of objects, that a model is to be made of.

    What is inside of free forms is not ours to touch.
    """
    if isinstance(raw, list):
        return [prepared(item, model) for item in raw]
    if not isinstance(raw, Mapping):
        return raw
    preparations = _preparations(model)
    return {
        name: preparations[name](value)
        for name, value in raw.items()
        if value is not None and name in preparations
    }


@cache
def _preparations(model: type[msgspec.Struct]) -> Mapping[str, Preparation]:
    return {field.encode_name: _preparation(field) for field in msgspec.structs.fields(model)}


def _preparation(field: msgspec.structs.FieldInfo) -> Preparation:
    kinds = (field.type, *typing.get_args(field.type))
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return partial(prepared, model=kind)
    if UUID in kinds and field.encode_name != OWN_UUID:
        return _shared_uuid
    return _shared_text if str in kinds else _as_it_is


def _as_it_is(value: object) -> object:
    return value


def _shared_text(value: object) -> object:
    short = isinstance(value, str) and len(value) <= LONGEST_SHARED
    return _same_text(value) if short else value


def _shared_uuid(value: object) -> object:
    """Read a UUID; what is none stays as it came, for the model to complain."""
    try:
        return _same_uuid(value) if isinstance(value, str) else value
    except ValueError:
        return value


@lru_cache(maxsize=SHARED)
def _same_text(text: object) -> object:
    return text


@lru_cache(maxsize=SHARED)
def _same_uuid(text: str) -> UUID:
    return UUID(text)
