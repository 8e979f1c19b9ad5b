"""The suite as a class of tests, for a plugin's own tests to inherit from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.conformance.catalogue import RULES
from waldur_site_agent_testkit.conformance.stage import Stage
from waldur_site_agent_testkit.conformance.trying import Trying

if TYPE_CHECKING:
    from waldur_site_agent_testkit.conformance.rule import Rule
    from waldur_site_agent_testkit.conformance.subject import Subject


class Conformance(Trying):
    """One test for each rule.

    Inherit from it under a name that begins with ``Test``, and say what is tested.
    """

    rule_names = frozenset(rule.name for rule in RULES)

    def subject(self) -> Subject:
        """Make a backend on a fresh system; called at least once for each rule."""
        raise NotImplementedError(f"{type(self).__name__}.subject() has to be written")

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
    def test_rule(self, rule: Rule[Stage], request: pytest.FixtureRequest) -> None:
        """Hold the backend to one rule."""
        self.try_rule(rule, lambda: Stage(self.subject), request.node)
