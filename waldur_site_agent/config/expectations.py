"""What pydantic refused, in words for an administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waldur_site_agent.config.findings import Finding, describe
from waldur_site_agent.config.values import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic_core import ErrorDetails

    from waldur_site_agent.config.findings import KeyPath
    from waldur_site_agent.config.source import Source

UNKNOWN_KEY = "extra_forbidden"

_WORDS = {
    "missing": "a value: the key is required",
    "string_type": "text",
    "string_too_short": "text that is not blank",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number that is not infinite",
    "dict_type": "a mapping (key: value)",
    "model_type": "a mapping (key: value)",
    "model_attributes_type": "a mapping (key: value)",
    "list_type": "a list",
    "tuple_type": "a list",
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number below {lt}",
    "less_than_equal": "a number of at most {le}",
    "enum": "{expected}",
    "literal_error": "{expected}",
    "invalid_key": "a key that is text",
}

_SAY_IT_IN_THE_HINT = ("value_error", "assertion_error")
_OF_VALIDATORS = ("expected", *_SAY_IT_IN_THE_HINT)

_QUOTE = "Put it in quotes, so that YAML takes it as text."


def findings_of(errors: Iterable[ErrorDetails], source: Source, path: KeyPath) -> Iterator[Finding]:
    """Tell every mistake that a model found.

    Args:
        errors: what pydantic refused.
        source: says which values may be shown.
        path: where the validated value is in the file.
    """
    for details in errors:
        where = (*path, *_without_marks(details["loc"]))
        if where not in source.yaml.unresolved:
            yield _finding(details, source, where)


def _finding(details: ErrorDetails, source: Source, path: KeyPath) -> Finding:
    value = None if details["type"] == "missing" else details["input"]
    about_several_keys = details["type"] in _OF_VALIDATORS and not _is_plain(value)
    return Finding(
        path=path,
        found="" if about_several_keys else shown(value, source, path),
        expected=_expected(details),
        hint=_hint(details, value),
    )


def shown(value: object, source: Source, path: KeyPath) -> str:
    """Describe a value, unless it is secret."""
    hide = source.is_secret(path) and _is_plain(value) and value not in (None, True, False)
    return "a value that is not shown" if hide else describe(value)


def _expected(details: ErrorDetails) -> str:
    words = _WORDS.get(details["type"])
    if words is not None:
        return words.format_map(details.get("ctx", {}))
    if details["type"] in _SAY_IT_IN_THE_HINT:
        return "something else"
    return details["msg"].removeprefix("Input should be ")


def _hint(details: ErrorDetails, value: object) -> str:
    context: dict[str, Any] = details.get("ctx", {})
    match details["type"]:
        case "string_type" | "invalid_key" if not isinstance(value, (dict, list, type(None))):
            return _QUOTE
        case "enum" | "literal_error":
            choices = str(context.get("expected", "")).replace(" or ", ", ").split(", ")
            return did_you_mean(value, [choice.strip("'") for choice in choices])
        case "value_error" | "assertion_error":
            return details["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
        case _:
            return str(context.get("hint", ""))


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, (str, int, float))


def _without_marks(path: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Leave out what pydantic adds to a path for a key that is wrong itself."""
    return tuple(part for part in path if part != "[key]")
