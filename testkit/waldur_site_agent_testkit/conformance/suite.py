"""The suite as a class of tests, for a plugin's own tests to inherit from."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest

from waldur_site_agent_testkit.conformance.catalogue import RULES
from waldur_site_agent_testkit.conformance.expecting import RuleBrokenError
from waldur_site_agent_testkit.conformance.judging import Ending, Verdict, hold
from waldur_site_agent_testkit.conformance.results import PROPERTY, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent_testkit.conformance.rule import Rule
    from waldur_site_agent_testkit.conformance.subject import Subject


class Conformance:
    """One test for each rule.

    Inherit from it under a name that begins with ``Test``, and say what is tested.
    """

    title: ClassVar[str] = ""
    """How the report calls the backend; by default the class's name, without ``Test``."""

    exempt: ClassVar[Mapping[str, str]] = {}
    """Rules that the backend cannot hold, with the reason. The report tells both."""

    def subject(self) -> Subject:
        """Make a backend on a fresh system; called at least once for each rule."""
        raise NotImplementedError(f"{type(self).__name__}.subject() has to be written")

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
    def test_rule(self, rule: Rule, request: pytest.FixtureRequest) -> None:
        """Hold the backend to one rule."""
        result = told(rule, title=self.title or type(self).__name__.removeprefix("Test"))
        request.node.user_properties.append((PROPERTY, result))
        verdict = self._verdict(rule)
        result["ending"], result["why"] = verdict.ending.value, verdict.why
        if verdict.ending is Ending.BROKEN:
            pytest.fail(f"{rule.sentence}\n{verdict.why}", pytrace=False)
        if verdict.ending is not Ending.HELD:
            pytest.skip(verdict.why)

    def _verdict(self, rule: Rule) -> Verdict:
        """What comes of a rule.

        Raises:
            Exception: what the backend raised where it should not have.
        """
        unknown = sorted(self.exempt.keys() - {one.name for one in RULES})
        if unknown:
            return Verdict(ending=Ending.BROKEN, why=f"exempt names no rule: {', '.join(unknown)}")
        if rule.name in self.exempt:
            return Verdict(ending=Ending.EXEMPT, why=self.exempt[rule.name])
        try:
            return hold(rule, self.subject)
        except RuleBrokenError as broken:
            return Verdict(ending=Ending.BROKEN, why=str(broken))
