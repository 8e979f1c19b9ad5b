"""What was noticed at a place of the configuration, before it is told as a problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from waldur_site_agent.config.problems import Severity

KeyPath: TypeAlias = tuple[object, ...]
"""Keys (usually text) and list positions (int) from the root of the file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A problem by its path; the fields are those of ``Problem``.

    ``line`` is given where the path does not lead to the place, as for a repeated key.
    """

    path: KeyPath = ()
    found: str = ""
    expected: str = ""
    hint: str = ""
    severity: Severity = Severity.ERROR
    fails_check: bool = True
    spoils_offering: bool = False
    line: int | None = None
    column: int | None = None


def describe(value: object) -> str:
    """Say what a value is, in words for an administrator. Not for secrets."""
    match value:
        case None | bool():
            return {None: "nothing", True: "true", False: "false"}[value]
        case int() | float():
            return str(value) if not abs(value) >= _HUGE else "a huge number"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case _:
            return f'"{_shortened(str(value))}"'


_HUGE = 10**60
_LONGEST = 60


def _shortened(text: str) -> str:
    shown = "".join(c if c.isprintable() else "·" for c in text[:_LONGEST])
    return f"{shown}…" if len(text) > _LONGEST else shown
