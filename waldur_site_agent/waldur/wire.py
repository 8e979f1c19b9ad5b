"""Reading what Mastermind sends, tolerantly.

Servers of many versions answer: unknown fields are ignored, missing ones and nulls take the
model's default, enumerations are open, UUIDs come dashed or as bare hex, decimals as text.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import Annotated, Any, TypeVar

import msgspec

from waldur_site_agent.waldur.errors import ContractError
from waldur_site_agent.waldur.preparing import prepared

if typing.TYPE_CHECKING:
    from waldur_site_agent.waldur.call import Call

Model = TypeVar("Model", bound=msgspec.Struct)

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A moment with its time zone; without one it could not be compared with another."""


class FreeForm(dict[str, Any]):
    """An object whose keys are not Waldur's to define: limits, attributes, options.

    A plain dictionary, with the two names under which plugins for the 1.x agent know it.
    """

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Copy into a plain dictionary."""
        return dict(self)

    @property
    def additional_properties(self) -> dict[str, Any]:
        """The object itself; changing it changes the object."""
        return self


class Label(str):
    """A member of an enumeration that may grow: compares equal to its text."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        """Compare as text; said here so that type checkers allow it with enumerations."""
        return str.__eq__(self, other)

    __hash__ = str.__hash__

    @property
    def value(self) -> str:
        """The text, as an ``enum`` member would tell it."""
        return str(self)


@cache
def fields_of(model: type[msgspec.Struct]) -> tuple[str, ...]:
    """Name the fields of a model as ``?field=`` takes them."""
    return tuple(field.encode_name for field in msgspec.structs.fields(model))


def encode(value: object) -> bytes:
    """Write JSON.

    Raises:
        TypeError: a plugin handed over something that JSON has no form for.
        ValueError: the same.
    """
    return msgspec.json.encode(value, enc_hook=_write_own_type)


def decode(body: bytes, *, at: Call | None = None) -> object:
    """Read JSON.

    Raises:
        ContractError: it is none.
    """
    try:
        return typing.cast("object", msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ContractError("the answer is not JSON", at=at) from None


def read(raw: object, model: type[Model], *, at: Call | None = None) -> Model:
    """Make a model of a decoded JSON object.

    Raises:
        ContractError: it is no object, lacks what the model requires, or a field has another type.
    """
    if not isinstance(raw, Mapping):
        raise ContractError(f"expected an object, got {type(raw).__name__}", at=at)
    try:
        return msgspec.convert(prepared(raw, model), model, strict=False, dec_hook=_read_own_type)
    except msgspec.ValidationError as error:
        raise ContractError(f"{model.__name__}: {error}", at=at) from None


def _write_own_type(value: object) -> object:
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _read_own_type(wanted: type, value: object) -> object:
    if wanted is Label and isinstance(value, str):
        return _label(value)
    if wanted is FreeForm and isinstance(value, dict):
        return FreeForm(value)
    raise TypeError(f"Expected {wanted.__name__}, got {type(value).__name__}")


@lru_cache(maxsize=1024)
def _label(text: str) -> Label:
    """Make a label, the same for all rows that have it."""
    return Label(text)
