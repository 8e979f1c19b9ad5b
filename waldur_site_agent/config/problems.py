"""What is wrong with a configuration, told so that an administrator can mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ENVIRONMENT = "environment"
"""Stands for the file where a problem is with an environment variable."""


class Severity(StrEnum):
    """Whether the agent can go on."""

    ERROR = "error"
    WARNING = "warning"


class ProblemObject(TypedDict):
    """A problem as JSON. Lines and columns count from 1."""

    severity: str
    file: str
    line: int | None
    column: int | None
    offering: str | None
    key: str
    found: str
    expected: str
    hint: str
    fails_check: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One mistake.

    Attributes:
        file: the configuration file as it was named, or ``environment``.
        line: counted from 1, as ``column``; None where there is no place.
        offering: the name of the offering it is about, None for the rest of the file.
        key: dotted path inside the offering, or from the root where it is about no offering.
        found: what stands there, in words. Never a secret.
        expected: what would be right.
        hint: how to mend it; may be empty.
        fails_check: whether ``config check`` fails on it. Advice does not.
        spoils_offering: whether the offering cannot be worked on, though the file can be used.
    """

    severity: Severity = Severity.ERROR
    file: str
    line: int | None = None
    column: int | None = None
    offering: str | None = None
    key: str = ""
    found: str = ""
    expected: str = ""
    hint: str = ""
    fails_check: bool = True
    spoils_offering: bool = False

    def __str__(self) -> str:
        """One or two lines: place, subject, what is there and what should be; then the hint."""
        return self.text()

    def text(self, *, name_offering: bool = True) -> str:
        """Render for people; inside a list of one offering's problems its name can be left out."""
        about = f'offering "{self.offering}"' if self.offering and name_offering else ""
        subject = ", ".join(part for part in (about, self.key) if part)
        said = "; ".join(part for part in (self._finding(), self._expectation()) if part)
        first = ": ".join(part for part in (self._place(), self.severity, subject, said) if part)
        return f"{first}\n    {self.hint}" if self.hint else first

    def to_json(self) -> ProblemObject:
        """All of it as a JSON object."""
        return ProblemObject(
            severity=self.severity.value,
            file=self.file,
            line=self.line,
            column=self.column,
            offering=self.offering,
            key=self.key,
            found=self.found,
            expected=self.expected,
            hint=self.hint,
            fails_check=self.fails_check,
        )

    def _place(self) -> str:
        numbers = (str(number) for number in (self.line, self.column) if number is not None)
        return ":".join((self.file, *numbers))

    def _finding(self) -> str:
        return f"found {self.found}" if self.found else ""

    def _expectation(self) -> str:
        return f"expected {self.expected}" if self.expected else ""


class ConfigurationError(Exception):
    """The configuration cannot be used. Tells all the problems, not just the first."""

    def __init__(self, problems: Iterable[Problem], *, files: Iterable[Path] = ()) -> None:
        """Hold the problems in the order of the file.

        Args:
            problems: what is wrong.
            files: those in which it may be mended, as far as they are known.
        """
        self.files = frozenset(files)
        self.problems: tuple[Problem, ...] = in_order(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort by place, each problem once."""
    return tuple(
        sorted(dict.fromkeys(problems), key=lambda p: (p.file, p.line or 0, p.column or 0, p.key))
    )
