"""What came of each rule, as it travels in pytest's reports from where a test ran."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, TypeVar

from waldur_site_agent_testkit.conformance.judging import Ending

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waldur_site_agent_testkit.conformance.rule import Rule

S = TypeVar("S")

PROPERTY = "waldur_conformance"


class Result(TypedDict):
    """One rule and one backend.

    ``ending`` is one of :class:`~waldur_site_agent_testkit.conformance.judging.Ending`.
    """

    title: str
    rule: str
    capability: str
    declared_by: str
    ending: str
    why: str
    lacking: list[str]


def told(rule: Rule[S], *, title: str) -> Result:
    """A result that is still to be filled in: broken, unless somebody says otherwise."""
    return Result(
        title=title,
        rule=rule.name,
        capability=rule.capability.title,
        declared_by=rule.capability.declared_by,
        ending=Ending.BROKEN.value,
        why="",
        lacking=[],
    )


def results_in(properties: Iterable[tuple[str, object]]) -> list[Result]:
    """The results among the properties of a test's report."""
    return [value for name, value in properties if name == PROPERTY]  # type: ignore[misc]  # ours
