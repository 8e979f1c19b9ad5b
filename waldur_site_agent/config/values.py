"""Kinds of values that several keys share, with their rules and the words for them."""

from __future__ import annotations

import re
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from waldur_site_agent.config.credentials import sendable

PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")


class Settings(BaseModel):
    """Frozen; a key without a value (``key:``) counts as unset; what is wrong is never echoed."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, populate_by_name=True
    )

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, data: object) -> object:
        if isinstance(data, dict):
            return {key: value for key, value in data.items() if value is not None}
        return data


class LogLevel(StrEnum):
    """What is logged: this and worse."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


def expected(what: str, hint: str = "") -> PydanticCustomError:
    """Make the error of a validator: what would be right, and how to mend it."""
    return PydanticCustomError("expected", "{expected}", {"expected": what, "hint": hint})


def did_you_mean(word: object, known: object) -> str:
    """Suggest the nearest of some names, whatever the case; empty when none is near."""
    if not isinstance(word, str) or not isinstance(known, (list, tuple, set, frozenset, dict)):
        return ""
    by_lower_case = {str(name).lower(): str(name) for name in sorted(known)}
    near = get_close_matches(word.lower(), by_lower_case, n=1)
    return f'Did you mean "{by_lower_case[near[0]]}"?' if near else ""


def host_of(url: str) -> str:
    """The host of a URL; empty when there is none or the URL cannot be read."""
    try:
        parts = urlsplit(url)
        is_sound = parts.port != 0  # raises when it is no number
    except ValueError:
        return ""
    return (parts.hostname or "") if is_sound else ""


def _web_address(value: str) -> str:
    if scheme_of(value) in ("http", "https") and host_of(value):
        return value
    raise expected("a URL that begins with http:// or https://")


def scheme_of(url: str) -> str:
    """What is before ``://``, in lower case."""
    return url.partition("://")[0].lower()


def _api_address(value: str) -> str:
    return _web_address(value).rstrip("/") + "/"


def _token(value: str) -> str:
    if sendable(value):
        return value
    raise expected("a token, which is one word without line breaks and other special characters")


def _proxy(value: str) -> str:
    if not value or (scheme_of(value) in PROXY_SCHEMES and host_of(value)):
        return value
    raise expected("a proxy's URL such as http://proxy.example.org:3128 or socks5://…")


def _time_zone(value: str) -> str:
    if value == "UTC":
        return value
    from zoneinfo import ZoneInfo, available_timezones  # noqa: PLC0415 - most keep UTC

    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        # A folder of the database, such as "Europe", is an OSError.
        raise expected(
            "the name of a time zone such as Europe/Tallinn",
            did_you_mean(value, available_timezones()),
        ) from None
    return value


def _upper_log_level(value: str) -> str:
    if value.upper() in LogLevel.__members__:
        return value.upper()
    raise expected(f"one of {', '.join(LogLevel)}", did_you_mean(value, list(LogLevel.__members__)))


def _none_if_blank(value: str | None) -> str | None:
    return value or None


def _host_if_any(value: str | None) -> str | None:
    if value and re.search(r"[/@\s?#]", value):
        raise expected("a host's name or address alone, such as waldur.example.org")
    return value or None


def _web_address_if_any(value: str | None) -> str | None:
    return _web_address(value) if value else None


Text = Annotated[str, StringConstraints(strip_whitespace=True)]
RequiredText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
LowerCase = Annotated[RequiredText, StringConstraints(to_lower=True)]
Token = Annotated[Text, AfterValidator(_token)]
ApiAddress = Annotated[Text, AfterValidator(_api_address)]
OptionalText = Annotated[Text | None, AfterValidator(_none_if_blank)]
OptionalHost = Annotated[Text | None, AfterValidator(_host_if_any)]
OptionalAddress = Annotated[Text | None, AfterValidator(_web_address_if_any)]
Proxy = Annotated[Text, AfterValidator(_proxy)]
TimeZone = Annotated[Text, AfterValidator(_time_zone)]
LevelName = Annotated[Text, AfterValidator(_upper_log_level)]
Port = Annotated[int, Field(ge=1, le=65535)]
