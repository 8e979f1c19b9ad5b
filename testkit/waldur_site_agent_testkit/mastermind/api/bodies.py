"""Reading bodies as strictly as Mastermind's serializers, with their complaints."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias, cast

from waldur_site_agent_testkit.mastermind.api.answers import Invalid, Refusal
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.identifiers import hex_of
from waldur_site_agent_testkit.mastermind.shapes import JSON, Limits, Object
from waldur_site_agent_testkit.mastermind.state import Offering

Check: TypeAlias = Callable[[JSON], str | None]
"""Returns what is wrong with a value, or nothing."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a body may hold under a key."""

    check: Check
    required: bool = False
    null: bool = False

    def complaint(self, data: Mapping[str, JSON], name: str) -> str | None:
        """Return what is wrong with this key in a body."""
        if name not in data:
            return "This field is required." if self.required else None
        if data[name] is None:
            return None if self.null else "This field may not be null."
        return self.check(data[name])


def text(value: JSON) -> str | None:
    """Accept a string, blank or not."""
    return None if isinstance(value, str) else "Not a valid string."


def filled(value: JSON) -> str | None:
    """Accept a string that is not blank."""
    if isinstance(value, str) and not value.strip():
        return "This field may not be blank."
    return text(value)


def choice(kind: type[StrEnum]) -> Check:
    """Return a check that accepts a member of an enumeration."""
    return lambda value: None if value in set(kind) else f'"{value}" is not a valid choice.'


def number(value: JSON) -> str | None:
    """Accept a number."""
    valid = isinstance(value, int | float) and not isinstance(value, bool)
    return None if valid else "A valid number is required."


def whole(value: JSON) -> str | None:
    """Accept a whole number."""
    valid = isinstance(value, int) and not isinstance(value, bool)
    return None if valid else "A valid integer is required."


def flag(value: JSON) -> str | None:
    """Accept a boolean."""
    return None if isinstance(value, bool) else "Must be a valid boolean."


def identifier(value: JSON) -> str | None:
    """Accept a uuid, dashed or bare."""
    valid = isinstance(value, str) and hex_of(value) is not None
    return None if valid else f"“{value}” is not a valid UUID."


def mapping(value: JSON) -> str | None:
    """Accept an object."""
    if isinstance(value, Mapping):
        return None
    return f'Expected a dictionary of items but got type "{type(value).__name__}".'


def amounts(value: JSON) -> str | None:
    """Accept an object of JSON numbers."""
    if not isinstance(value, Mapping):
        return mapping(value)
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in value.values())
    return None if numbers else "A valid integer is required."


def listing(value: JSON) -> str | None:
    """Accept a list of objects."""
    if isinstance(value, list):
        return next((bad for item in value if (bad := mapping(item))), None)
    return f'Expected a list of items but got type "{type(value).__name__}".'


def day(value: JSON) -> str | None:
    """Accept a date."""
    wrong = "Date has wrong format. Use one of these formats instead: YYYY-MM-DD."
    return _parsed(value, date.fromisoformat, wrong)


def moment(value: JSON) -> str | None:
    """Accept a date with time."""
    wrong = "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm:ssZ."
    return _parsed(value, datetime.fromisoformat, wrong)


def _parsed(value: JSON, parse: Callable[[str], object], wrong: str) -> str | None:
    try:
        parse(str(value))
    except ValueError:
        return wrong
    return None


class Body:
    """A body that was found valid; each reader presumes the check of the same kind."""

    def __init__(self, data: Mapping[str, JSON]) -> None:
        """Hold the data."""
        self._data = data

    def __contains__(self, name: str) -> bool:
        """Tell whether a key was sent."""
        return name in self._data

    def text(self, name: str, default: str = "") -> str:
        """Return a string, or the default where none was sent."""
        value = self._data.get(name)
        return default if value is None else str(value)

    def maybe_text(self, name: str) -> str | None:
        """Return a string, or nothing where none or null was sent."""
        return self.text(name) if self._data.get(name) is not None else None

    def flag(self, name: str) -> bool:
        """Return a boolean, false where none was sent."""
        return self._data.get(name) is True

    def uuid(self, name: str) -> str:
        """Return a uuid as bare hex."""
        return hex_of(self.text(name)) or ""

    def object(self, name: str) -> Object:
        """Return an object, empty where none was sent."""
        return dict(cast("Mapping[str, JSON]", self._data.get(name) or {}))

    def rest(self, names: Collection[str]) -> Object:
        """Return those of some keys that were sent."""
        return {name: self._data[name] for name in names if name in self._data}

    def limits(self, name: str) -> Limits:
        """Return an object of numbers."""
        return cast("Limits", self._data.get(name) or {})

    def texts(self, name: str) -> list[str]:
        """Return a list of strings."""
        return [str(item) for item in cast("list[JSON]", self._data.get(name) or [])]

    def objects(self, name: str) -> list[Object]:
        """Return a list of objects."""
        return [dict(item) for item in cast("list[Object]", self._data.get(name) or [])]


def read(request: Request, **keys: Key) -> Body:
    """Return the request's body.

    Keys that the endpoint does not know are noted as violations; Mastermind ignores them.

    Raises:
        Invalid: A key is missing, null or of a wrong type.
        Refusal: The body is no JSON.
    """
    data = _parse(request)
    if not isinstance(data, dict):
        raise Invalid({"non_field_errors": [f"Invalid data. {_expected('a dictionary', data)}"]})
    return _checked_body(request, data, keys)


def read_all(request: Request, **keys: Key) -> list[Body]:
    """Return the objects of a request's body that is a list; as :func:`read` for each.

    Raises:
        Invalid: It is no list of objects, or a key of one is missing, null or of a wrong type.
        Refusal: The body is no JSON.
    """
    data = _parse(request)
    if not isinstance(data, list):
        raise Invalid({"non_field_errors": [_expected("a list of items", data)]})
    wrong = listing(data)
    if wrong:
        raise Invalid({"non_field_errors": [wrong]})
    return [_checked_body(request, cast("Object", item), keys) for item in data]


def _checked_body(request: Request, data: Mapping[str, JSON], keys: Mapping[str, Key]) -> Body:
    for name in data.keys() - keys.keys():
        request.note("unknown key", name)
    return Body(checked(data, keys))


def _expected(what: str, data: JSON) -> str:
    return f"Expected {what}, but got {type(data).__name__}."


def checked(data: Mapping[str, JSON], keys: Mapping[str, Key]) -> Mapping[str, JSON]:
    """Return the data when every key is as it should be.

    Raises:
        Invalid: It is not.
    """
    complaints = {n: [bad] for n, key in keys.items() if (bad := key.complaint(data, n))}
    if complaints:
        raise Invalid(complaints)
    return data


def _parse(request: Request) -> JSON:
    raw = request.incoming.body
    if not raw:
        return {}
    media = request.incoming.header("content-type")
    if media.partition(";")[0].strip() != "application/json":
        raise Refusal(415, {"detail": f'Unsupported media type "{media}" in request.'})
    try:
        return cast("JSON", json.loads(raw))
    except ValueError as error:
        raise Refusal(400, {"detail": f"JSON parse error - {error}"}) from error


def note_components(request: Request, offering: Offering, limits: Limits) -> None:
    """Note limits for components that the offering does not have."""
    known = {component.type for component in offering.components}
    for kind in limits.keys() - known:
        request.note("unknown component", kind)
