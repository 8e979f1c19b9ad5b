"""A rule as a pytest test: what it does with the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

import pytest

from waldur_site_agent_testkit.conformance.expecting import RuleBrokenError
from waldur_site_agent_testkit.conformance.judging import Ending, Trial, Verdict, hold
from waldur_site_agent_testkit.conformance.results import PROPERTY, told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from waldur_site_agent_testkit.conformance.rule import Rule

S = TypeVar("S", bound=Trial)


class Trying:
    """What the suites have in common."""

    title: ClassVar[str] = ""
    """How the report calls the backend; by default the class's name, without ``Test``."""

    exempt: ClassVar[Mapping[str, str]] = {}
    """Rules that the backend cannot hold, with the reason. The report tells both."""

    rule_names: ClassVar[frozenset[str]] = frozenset()
    """Of all that there are."""

    def try_rule(self, rule: Rule[S], set_up: Callable[[], S], test: pytest.Item) -> None:
        """Hold the backend to one rule, and have the test pass, fail or be skipped by that."""
        result = told(rule, title=self.title or type(self).__name__.removeprefix("Test"))
        test.user_properties.append((PROPERTY, result))
        verdict = self._verdict(rule, set_up)
        result["ending"], result["why"] = verdict.ending.value, verdict.why
        result["lacking"] = [facet.value for facet in verdict.lacking]
        if verdict.ending is Ending.BROKEN:
            pytest.fail(f"{rule.sentence}\n{verdict.why}", pytrace=False)
        if verdict.ending is not Ending.HELD:
            pytest.skip(f"{verdict.ending}: {verdict.why}")

    def _verdict(self, rule: Rule[S], set_up: Callable[[], S]) -> Verdict:
        """What comes of a rule.

        Raises:
            Exception: what the backend raised where it should not have.
        """
        unknown = sorted(self.exempt.keys() - self.rule_names)
        if unknown:
            return Verdict(ending=Ending.BROKEN, why=f"exempt names no rule: {', '.join(unknown)}")
        if rule.name in self.exempt:
            return Verdict(ending=Ending.EXEMPT, why=self.exempt[rule.name])
        try:
            return hold(rule, set_up)
        except RuleBrokenError as broken:
            return Verdict(ending=Ending.BROKEN, why=str(broken))
