"""Reading single keys of ``backend_settings``, each with an error that names the key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from waldur_site_agent.backend.exceptions import BackendError

Choice = TypeVar("Choice", bound=StrEnum)


class RawSettings:
    """Settings as they were written, or a block of them. A key without a value counts as unset."""

    def __init__(self, values: Mapping[str, object], path: str = "backend_settings") -> None:
        """Take values, and where they are in the configuration."""
        self._values = values
        self._path = path

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self._values)

    def bad(self, key: str, why: str) -> BackendError:
        """Say what is wrong with a key."""
        return BackendError(f"{self._path}.{key}: {why}")

    def text(self, key: str, default: str = "") -> str:
        """A text, without blanks around it."""
        value = self._values.get(key)
        return default if value is None else str(value).strip()

    def name(self, key: str, check: Callable[[str], str]) -> str:
        """A name, or nothing."""
        text = self.text(key)
        return check(text) if text else ""

    def choice(self, key: str, default: Choice) -> Choice:
        """One of a few words."""
        text = self.text(key)
        try:
            return type(default)(text) if text else default
        except ValueError:
            *others, last = type(default)
            why = f"{text!r} is not one of {', '.join(others)} and {last}"
            raise self.bad(key, why) from None

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self.optional_flag(key)
        return default if value is None else value

    def optional_flag(self, key: str) -> bool | None:
        """True, false or unsaid."""
        value = self._values.get(key)
        if value is None or isinstance(value, bool):
            return value
        raise self.bad(key, f"{value!r} is neither true nor false")

    def seconds(self, key: str, default: float) -> float:
        """A number of seconds."""
        value = self._values.get(key)
        if value is None:
            return default
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            return float(value)
        raise self.bad(key, f"{value!r} is not a number of seconds above 0")

    def block(self, key: str) -> RawSettings:
        """A group of keys; empty where there is none."""
        value = self._values.get(key) or {}
        if isinstance(value, Mapping):
            return RawSettings(value, f"{self._path}.{key}")
        raise self.bad(key, "a mapping is expected")

    def items(self, key: str) -> list[object]:
        """A list; empty where there is none."""
        value = self._values.get(key) or []
        if isinstance(value, list | tuple):
            return list(value)
        raise self.bad(key, "a list is expected")
